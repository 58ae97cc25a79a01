/* SPDX-License-Identifier: BSD-2-Clause */
/* What every page of a report begins and ends with: one file, complete without network and without its script. */
#include "reports/html.h"

void html_page_begin(FILE *out, const char *headline, const char *remark, bool good)
{
    html(out,
         "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>slibench: %s%s</title>\n",
         headline, remark);
    fprintf(out, "<style>\n%s</style>\n</head><body>\n", html_style);
    html(out,
         "<header class=\"%s\"><div class=\"wrap\">\n<p class=\"brand\">slibench "
         "<span>SLI-4 Fibre Channel, NVMe over FC</span></p>\n<h1>%s</h1>\n",
         good ? "good" : "bad", headline);
}

void html_page_main(FILE *out)
{
    html(out, "</div></header>\n<main class=\"wrap\">\n");
}

void html_page_end(FILE *out, const char *footer)
{
    html(out, "</main>\n<footer class=\"wrap\"><p>%s</p></footer>\n", footer);
    fprintf(out, "<script>\n%s</script>\n</body></html>\n", html_script);
}
