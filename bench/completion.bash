# SPDX-License-Identifier: BSD-2-Clause
# Completion for bash: `. bench/completion.bash`. It asks the program itself, so that it never lags behind.
_slibench() {
    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]}

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null |
            sed -n 's/^  \([a-z]*\)  .*/\1/p')" -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" "$command" --help 2>/dev/null |
            grep -oE -- '--[a-z][a-z-]*')" -- "$word")
    elif [ "$command" = run ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" run --list 2>/dev/null | cut -d' ' -f1)" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _slibench slibench build/slibench
