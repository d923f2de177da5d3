# shellcheck shell=bash
# For install.sh and ci/go-archives.sh, which source it: static libraries of which only what their headers declare can be
# seen, so that they fit into a program beside others with the same in them, such as another copy of Rust's standard
# library. CC is the compiler; FOLDER is an empty folder for what is made on the way.

tool() { "$CC" -print-prog-name="$1"; }

# Packs OBJECTs into the library TO, alike each time: pack TO OBJECT...
pack() {
    rm -f "$1"
    "$(tool ar)" rcsD "$@"
}

# Leaves only symbols of these patterns for others to see, and the names of what is moved: hide OBJECT PATTERN...
hide() {
    local object=$1
    shift
    "$(tool objcopy)" --wildcard "${@/#/--keep-global-symbol=}" "$object"
    "$(tool strip)" --strip-unneeded "$object"
}

# From the static library that rustc made, for ELF: pack_outlive FROM TO FOLDER
pack_outlive() {
    local from=$1 to=$2 folder=$3 roots
    # One section of each kind: the names of ten thousand others would take as much room as the code.
    cat >"$folder/layout" <<'LAYOUT'
SECTIONS
{
    .text 0 : { *(.text.unlikely .text.unlikely.*) *(.text.hot .text.hot.*) *(.text .text.*) }
    .rodata 0 : { *(.rodata .rodata.*) }
    .data.rel.ro 0 : { *(.data.rel.ro .data.rel.ro.*) }
    .data 0 : { *(.data .data.*) }
    .tdata 0 : { *(.tdata .tdata.*) }
    .tbss 0 : { *(.tbss .tbss.*) }
    .bss 0 : { *(.bss .bss.*) *(COMMON) }
    .gcc_except_table 0 : { *(.gcc_except_table .gcc_except_table.*) }
    .init_array 0 : { KEEP(*(.init_array .init_array.*)) }
    .eh_frame 0 : { unwinder_frames = .; KEEP(*(.eh_frame)) LONG(0) }
    .note.GNU-stack 0 : { *(.note.GNU-stack) }
    /DISCARD/ : { *(.comment) *(.note.gnu.*) *(.llvmbc) *(.llvmcmd) *(.llvm_addrsig) }
}
LAYOUT
    # GCC's unwinder goes in, with a table of these frames alone, which it is told of: panics do not leave the library, and
    # how a program finds its tables is another matter with each C library and with -static. To other unwinders the
    # library is where a stack ends. What this one asks the system for is not there in musl, and not in glibc before 2.35;
    # what it uses only if it is there, is to be there.
    "$CC" -x c -O2 -g0 -fPIC -c - -o "$folder/unwinder.o" <<'C'
#include <pthread.h>
int _dl_find_object(void *address, void *found);
int _dl_find_object(void *address, void *found) { (void)address; (void)found; return -1; }
struct needed { int (*lock)(pthread_mutex_t *), (*unlock)(pthread_mutex_t *), (*once)(pthread_once_t *, void (*)(void)); };
extern const struct needed unwinder_needs;
const struct needed unwinder_needs = { pthread_mutex_lock, pthread_mutex_unlock, pthread_once };
extern char unwinder_frames[] __attribute__((visibility("hidden")));
void __register_frame(void *frames);
__attribute__((constructor)) static void begin(void) { __register_frame(unwinder_frames); }
C
    read -ra roots <<<"$(declared 'outlive_[a-z_]*' "${BASH_SOURCE[0]%/*}/include/outlive.h" | sed 's/^/-u /' | tr '\n' ' ')"
    "$(tool ld)" -r -T "$folder/layout" --gc-sections --strip-debug --force-group-allocation "${roots[@]}" \
        -u unwinder_needs "$folder/unwinder.o" \
        --start-group "$from" "$("$CC" -print-file-name=libgcc_eh.a)" --end-group -o "$folder/liboutlive.o"
    # glibc's own names of functions that are the same under the plain ones, which musl has, too.
    printf '%s %s\n' open64 open lseek64 lseek stat64 stat fstat64 fstat mmap64 mmap >"$folder/names"
    "$(tool objcopy)" --redefine-syms="$folder/names" --rename-section .eh_frame=outlive_frames "$folder/liboutlive.o"
    hide "$folder/liboutlive.o" 'outlive_*'
    pack "$to" "$folder/liboutlive.o"
}

# The same for Windows. Optimised as a whole it is one object. MinGW's libraries have what that needs but for a function of
# one DLL, whose import library goes in, too, by names of ours: pack_outlive_windows FROM TO FOLDER
pack_outlive_windows() {
    local from=$1 to=$2 folder=$3 members member main
    members=$("$(tool ar)" t "$from" | grep -E '^(outlive_capi-|bcryptprimitives\.)')
    main=$(grep '^outlive_capi-' <<<"$members")
    from=$(realpath "$from")
    (
        cd "$folder"
        # shellcheck disable=SC2086 # a name is a word
        "$(tool ar)" x "$from" $members
        for member in $members; do
            "$(tool nm)" -g "$member" | awk '{ print $NF }'
        done | grep -E 'bcryptprimitives|ProcessPrng' | sort -u | sed -E 's/.*/& &/
            s/ .*_bcryptprimitives_dll_imports_lib/ outlive_bcryptprimitives/
            s/ (_*imp_)?(ProcessPrng)$/ outlive_\1\2/' >names
        for member in $members; do
            "$(tool objcopy)" --redefine-syms=names --strip-debug "$member"
        done
        mv "$main" liboutlive.o
        hide liboutlive.o 'outlive_*'
        # shellcheck disable=SC2046 # a name is a word
        pack liboutlive.a liboutlive.o $(grep -v '^outlive_capi-' <<<"$members")
    )
    install -m 644 "$folder/liboutlive.a" "$to"
}
# What it is linked with.
windows_libraries="-lws2_32 -lntdll -lsynchronization"

# The functions that a header declares, of a pattern: declared PATTERN HEADER
declared() { grep -oE "\b$1\(" "$2" | tr -d '(' | sort -u; }

# The hub's objects as one: hub_object FOLDER FLAG... makes FOLDER/libvde_hub.o. vde_hub__ begins what its files share.
hub_object() {
    local folder=$1 sources source
    shift
    sources=${BASH_SOURCE[0]%/*}/../outlive-vde/c
    mkdir "$folder/hub"
    for source in "$sources"/*.c; do
        "$CC" -std=c11 -O2 -fPIC -Wall -Wextra -D_GNU_SOURCE "$@" -c "$source" -o "$folder/hub/$(basename "$source" .c).o"
    done
    "$(tool ld)" -r "$folder"/hub/*.o -o "$folder/libvde_hub.o"
    hide "$folder/libvde_hub.o" init_vde_context 'vde_hub_[!_]*'
}
