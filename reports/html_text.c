/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "reports/html.h"

/* ---- escaping ---- */

static void escaped(FILE *out, const char *s, size_t n)
{
    for (const char *c = s; c < s + n; c++)
        switch (*c) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            if ((unsigned char)*c >= ' ' || *c == '\n' || *c == '\t')
                fputc(*c, out);
            else
                fputs("\xef\xbf\xbd", out); /* U+FFFD: a control character shows as such */
            break;
        }
}

/* Copies the conversion that starts at the '%' and gives back what follows it. */
static const char *conversion(const char *format, char out[16])
{
    size_t n = strcspn(format + 1, "sdufz%l") + 2;

    if (format[n - 1] == 'z')
        n++;
    while (format[n - 1] == 'l')
        n++;
    if (n > 15)
        abort();
    memcpy(out, format, n);
    out[n] = 0;
    return format + n;
}

void html(FILE *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    while (*format) {
        size_t literal = strcspn(format, "%");
        char spec[16];
        fwrite(format, 1, literal, out);
        format += literal;
        if (!*format)
            break;
        format = conversion(format, spec);
        const char *end = spec + strlen(spec) - 1;
        if (*end == 's') {
            const char *s = va_arg(args, const char *);
            escaped(out, s ? s : "", s ? strlen(s) : 0);
        } else if (*end == '%')
            fputc('%', out);
        else if (*end == 'f')
            fprintf(out, spec, va_arg(args, double));
        else if (strstr(spec, "ll"))
            fprintf(out, spec, va_arg(args, long long));
        else if (strstr(spec, "z"))
            fprintf(out, spec, va_arg(args, size_t));
        else
            fprintf(out, spec, va_arg(args, int));
    }
    va_end(args);
}

void html_name(FILE *out, const char *name)
{
    for (; *name; name++) {
        char one[] = {*name, 0};
        html(out, *name == '_' ? "<wbr>%s" : "%s", one);
    }
}

/* ---- words for numbers ---- */

const char *html_duration(char out[32], int64_t ps)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e12, "s"}, {1e9, "ms"}, {1e6, "us"}, {1e3, "ns"}};
    size_t u = 0;

    while (u < 3 && (double)ps < units[u].unit)
        u++;
    double v = (double)ps / units[u].unit;
    if (!ps)
        snprintf(out, 32, "0");
    else
        snprintf(out, 32, "%.*f %s", v >= 100 ? 0 : v >= 10 ? 1 : 2, v, units[u].name);
    return out;
}

const char *html_count(char out[32], int64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n);
    char *to = out;

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0 && digits[i - 1] != '-')
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return out;
}

const char *html_verdict_word(const char *verdict)
{
    static const char *const words[][2] = {{"passed", "Passed"},          {"failed", "Failed"},
                                           {"error", "Script error"},     {"not_run", "Not run"},
                                           {"timeout", "Timed out"},      {"crashed", "Crashed"},
                                           {"interrupted", "Interrupted"}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i][0], verdict))
            return words[i][1];
    return verdict;
}

/* ---- Lua ---- */

static bool is_keyword(const char *word, size_t n)
{
    static const char *const keywords[] = {
        "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
        "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};

    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strlen(keywords[i]) == n && !strncmp(keywords[i], word, n))
            return true;
    return false;
}

static void piece(FILE *out, const char *class, const char *s, size_t n)
{
    if (class)
        html(out, "<i class=\"%s\">", class);
    escaped(out, s, n);
    if (class)
        html(out, "</i>");
}

static size_t string_length(const char *s, const char *end)
{
    const char *c = s + 1;

    while (c < end && *c != *s)
        c += *c == '\\' && c + 1 < end ? 2 : 1;
    return (size_t)(c < end ? c + 1 - s : end - s);
}

static void lua_line(FILE *out, const char *line, size_t length)
{
    const char *end = line + length;

    for (const char *c = line; c < end;) {
        size_t n = 1;
        const char *class = NULL;
        if (c[0] == '-' && c + 1 < end && c[1] == '-') {
            n = (size_t)(end - c);
            class = "lc";
        } else if (*c == '"' || *c == '\'') {
            n = string_length(c, end);
            class = "ls";
        } else if (isalpha((unsigned char)*c) || *c == '_') {
            while (c + n < end && (isalnum((unsigned char)c[n]) || c[n] == '_'))
                n++;
            class = is_keyword(c, n) ? "lk" : NULL;
        } else if (isdigit((unsigned char)*c)) {
            while (c + n < end && (isalnum((unsigned char)c[n]) || c[n] == '.'))
                n++;
            class = "ln";
        }
        piece(out, class, c, n);
        c += n;
    }
}

/* What the expectations of this line came to: "", " met", " unmet". */
static const char *judged(const json_t *expectations, int64_t line)
{
    const char *result = "";
    json_t *x;
    size_t i;

    json_array_foreach(expectations, i, x) {
        if (record_integer(x, "line") != line)
            continue;
        if (!json_is_true(json_object_get(x, "met")))
            return " unmet";
        result = " met";
    }
    return result;
}

/* Blanks that every line begins with. */
static size_t common_indent(const char *source)
{
    size_t least = SIZE_MAX;

    while (*source) {
        size_t blanks = strspn(source, " "), n = strcspn(source, "\n");
        if (blanks < n && blanks < least)
            least = blanks;
        source += n + (source[n] == '\n');
    }
    return least == SIZE_MAX ? 0 : least;
}

void html_lua(FILE *out, const char *source, int64_t first_line, const json_t *expectations)
{
    size_t indent = common_indent(source);
    int64_t line = first_line ? first_line : 1;

    html(out, "<pre class=\"code\" tabindex=\"0\">");
    while (*source) {
        size_t n = strcspn(source, "\n");
        html(out, "<span class=\"cl%s\" data-n=\"%lld\">", first_line ? judged(expectations, line) : "",
             (long long)line);
        if (n > indent)
            lua_line(out, source + indent, n - indent);
        html(out, "\n</span>");
        source += n + (source[n] == '\n');
        line++;
    }
    html(out, "</pre>\n");
}
