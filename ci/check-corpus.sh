#!/usr/bin/env bash
# What `outlive check` says of public repositories in which such a bug was corrected, at the commit before the correction
# and at the correction:
#   ci/check-corpus.sh FOLDER
# FOLDER holds clones, as OWNER/NAME, OWNER+NAME or NAME, bare or not; one that is missing, or lacks the commit, is skipped
# by name. A correction is reached when an error that was there before is gone (by rule, file and function), and none is
# new. Errors that stay are elsewhere: the correction does not touch them. The last line says how many are reached.
# OUTLIVE may name a command that is built.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
clones=$(realpath "$1")
cd "$(dirname "$0")/.."
if [ -z "${OUTLIVE:-}" ]; then
    cargo build --quiet --release -p outlive-cli
    OUTLIVE=${CARGO_TARGET_DIR:-target}/release/outlive
fi
outlive=$(realpath "$OUTLIVE")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

clone_of() {
    local folder
    for folder in "$1" "${1/\//+}" "${1#*/}"; do
        for folder in "$clones/$folder" "$clones/$folder/repo" "$clones/$folder.git"; do
            if git -C "$folder" rev-parse --git-dir >/dev/null 2>&1 && [ -d "$folder" ]; then
                echo "$folder"
                return
            fi
        done
    done
    return 1
}

# The files of a commit; a clone may lack some large ones, which are left out.
unpack() {
    local without=() missing
    mkdir -p "$3"
    while ! git -C "$1" archive "$2" -o "$scratch/tar" -- . "${without[@]}" 2>"$scratch/error"; do
        missing=$(sed -n "s/^error: cannot read '\(.*\)'/\1/p" "$scratch/error" | head -n 1)
        missing=$(git -C "$1" ls-tree -r "$2" | grep -F "${missing:-none}" | head -n 1 | cut -f 2)
        [ -n "$missing" ] || return 1
        without+=(":(exclude)$missing")
        [ ${#without[@]} -lt 30 ] || return 1
    done
    tar -xf "$scratch/tar" -C "$3"
}

# The errors, one a line: rule, file, line, function.
errors_of() {
    local status=0
    "$outlive" check --json "$1" >"$scratch/json" || status=$?
    [ "$status" -le 1 ] || return 1
    python3 - "$scratch/json" <<'PYTHON'
import json, sys
for finding in json.load(open(sys.argv[1]))["findings"]:
    print(finding["rule"], finding["at"]["path"], finding["at"]["line"], finding["function"])
PYTHON
}

cases=(
    "Code-Hex/vz fe5e5514"
    "mattn/go-sqlite3 8c66b9cf"
    "hillu/go-yara ac2bca1d"
    "libgit2/git2go 35ff0de8"
    "libgit2/git2go e1e1b4b"
    "rusqlite/rusqlite 30f8c8c5"
    "rusqlite/rusqlite 61215850"
    "rust-native-ui/libui-rs 25b83f7"
    "rust-native-ui/libui-rs cdd53ac"
    "a1ien/rusb 26207618"
    "mvdnes/portaudio-rs 47f14009"
)
reached=0 tried=0 number=0
printf '%-26s %-10s %6s %6s %6s  %s\n' repository commit before after gone verdict
for case in "${cases[@]}"; do
    read -r name commit <<<"$case"
    number=$((number + 1))
    if ! clone=$(clone_of "$name") || ! git -C "$clone" cat-file -e "$commit^1^{commit}" 2>/dev/null; then
        printf '%-26s %-10s %6s %6s %6s  %s\n' "$name" "$commit" - - - "skipped: no clone with this commit"
        continue
    fi
    if ! unpack "$clone" "$commit^1" "$scratch/$number/before" || ! unpack "$clone" "$commit" "$scratch/$number/after"; then
        printf '%-26s %-10s %6s %6s %6s  %s\n' "$name" "$commit" - - - "skipped: its files cannot be had"
        continue
    fi
    tried=$((tried + 1))
    errors_of "$scratch/$number/before" | sort -u >"$scratch/before"
    errors_of "$scratch/$number/after" | sort -u >"$scratch/after"
    # Lines move; what is compared is rule, file and function.
    awk '{ print $1, $2, $4 }' "$scratch/before" | sort -u >"$scratch/before.keys"
    awk '{ print $1, $2, $4 }' "$scratch/after" | sort -u >"$scratch/after.keys"
    gone=$(comm -23 "$scratch/before.keys" "$scratch/after.keys" | wc -l)
    new=$(comm -13 "$scratch/before.keys" "$scratch/after.keys" | wc -l)
    verdict="not reached"
    if [ "$gone" -gt 0 ] && [ "$new" = 0 ]; then
        verdict=reached
        left=$(wc -l <"$scratch/after")
        [ "$left" = 0 ] || verdict="reached; $left stay that it does not correct"
        reached=$((reached + 1))
    fi
    printf '%-26s %-10s %6s %6s %6s  %s\n' "$name" "$commit" "$(wc -l <"$scratch/before")" "$(wc -l <"$scratch/after")" "$gone" "$verdict"
done
echo "$reached of $tried reached, $((${#cases[@]} - tried)) skipped"
[ "$reached" -ge 8 ] || [ "$tried" -lt ${#cases[@]} ]
