#!/usr/bin/env bash
# Counts the lines of Rust in folders, for the table of bindings/README.md: `ci/lines.sh FOLDER...`, such as bindings/curl/src.
# For each: lines of code (without blank lines, comments and test modules) that do not touch `unsafe`; those that do, in an
# unsafe block, function, impl or attribute; and functions with a body that C could call.
set -euo pipefail
count() {
    find "$1" -name '*.rs' -print0 | sort -z | xargs -0 cat | awk '
    { text = text $0 "\n" }
    # The text without comments and without what is in strings, with its lines where they were.
    function strip(text,   out, i, n, c, two, depth, hashes, end, rest) {
        n = length(text)
        for (i = 1; i <= n; i++) {
            c = substr(text, i, 1); two = substr(text, i, 2)
            if (two == "//") {
                while (i <= n && substr(text, i, 1) != "\n") i++
                out = out "\n"
            } else if (two == "/*") {
                depth = 0
                do {
                    two = substr(text, i, 2)
                    if (two == "/*") { depth++; i += 2 }
                    else if (two == "*/") { depth--; i += 2 }
                    else { if (substr(text, i, 1) == "\n") out = out "\n"; i++ }
                } while (depth > 0 && i <= n)
                i--
            } else if (c == "r" && match(substr(text, i, 20), /^r#*"/) && substr(text, i - 1, 1) !~ /[A-Za-z0-9_]/) {
                hashes = substr(text, i + 1, RLENGTH - 2); i += RLENGTH
                while (i <= n && substr(text, i, 1 + length(hashes)) != "\"" hashes) {
                    if (substr(text, i, 1) == "\n") out = out "\n"
                    i++
                }
                i += length(hashes); out = out "\"\""
            } else if (c == "\"") {
                for (i++; i <= n && substr(text, i, 1) != "\""; i++) {
                    if (substr(text, i, 1) == "\\") i++
                    if (substr(text, i, 1) == "\n") out = out "\n"
                }
                out = out "\"\""
            } else if (match(substr(text, i, 12), /^\x27(\\.[^\x27]*|[^\\\x27])\x27/)) {
                i += RLENGTH - 1; out = out "0"
            } else {
                out = out c
            }
        }
        return out
    }
    # Where the braces end that begin at or after i; 0 where what is at i ends before any do.
    function close_of(text, i,   c, depth, inner) {
        for (; i <= length(text); i++) {
            c = substr(text, i, 1)
            if (c == "{") depth++
            else if (c == "}" && depth == 0) return 0
            else if (c == "}" && --depth == 0) return i
            else if (depth == 0 && (c == "(" || c == "[")) inner++
            else if (depth == 0 && (c == ")" || c == "]") && --inner < 0) return 0
            else if (depth == 0 && inner == 0 && (c == ";" || c == "=")) return 0
        }
        return 0
    }
    END {
        text = strip(text)
        while (match(text, /#\[cfg\(test\)\][ \n]*mod [a-z_]+ *\{/)) {
            end = close_of(text, RSTART + RLENGTH - 1)
            text = substr(text, 1, RSTART - 1) substr(text, end + 1)
        }
        for (at = 1; match(substr(text, at), /(^|[^A-Za-z0-9_])unsafe[^A-Za-z0-9_]/); at = from + 6) {
            from = at + RSTART - 1
            if (substr(text, from, 6) != "unsafe") from++
            end = substr(text, from + 6, 1) == "(" ? 0 : close_of(text, from)
            for (i = from; i <= (end ? end : from + 6); i++) touches[i] = 1
        }
        for (at = 1; match(substr(text, at), /extern +("" +)?fn +[A-Za-z_]/); at += RSTART + RLENGTH - 1) {
            if (close_of(text, at + RSTART)) trampolines++
        }
        for (i = 1; i <= length(text); i++) {
            c = substr(text, i, 1)
            if (c == "\n") {
                if (is_code && is_unsafe) bad++
                else if (is_code) good++
                is_code = is_unsafe = 0
                continue
            }
            if (c != " " && c != "\t") { is_code = 1; if (touches[i]) is_unsafe = 1 }
        }
        printf "%d %d %d\n", good, bad, trampolines
    }'
}
printf '%-40s %8s %8s %12s\n' folder safe unsafe trampolines
for folder in "$@"; do
    read -r safe unsafe trampolines < <(count "$folder")
    printf '%-40s %8d %8d %12d\n' "$folder" "$safe" "$unsafe" "$trampolines"
done
