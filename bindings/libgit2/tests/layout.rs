//! The declarations of `libgit2-sys`, and ours, are those of the header.

use std::mem::{offset_of, size_of};

use libgit2_sys::*;
use outlive_libgit2 as _; // which has the C file

unsafe extern "C" {
    static layout_count: usize;
    static layout: [usize; 50];
}

macro_rules! of {
    ($table:ty: $($member:ident)*) => { vec![size_of::<$table>(), $(offset_of!($table, $member)),*] };
}

#[test]
fn the_tables_are_those_of_the_header() {
    let ours = [
        of!(git_odb_backend: version odb read read_prefix read_header write exists exists_prefix foreach writepack free),
        of!(git_odb_writepack: backend append commit free),
        of!(git_refdb_backend: version exists lookup iterator write rename del has_log ensure_log free reflog_read
            reflog_write reflog_rename reflog_delete lock unlock),
        of!(git_reference_iterator: db next next_name free),
        of!(git_remote_callbacks: version sideband_progress transfer_progress payload),
        of!(git_fetch_options: callbacks update_fetchhead),
        vec![size_of::<git_indexer_progress>(), size_of::<git_oid>(), size_of::<git_remote_head>()],
    ]
    .concat();
    // SAFETY: the C file defines it, and nobody writes it.
    assert_eq!(unsafe { layout_count }, ours.len());
    // SAFETY: the C file defines it, nobody writes it, and it has so many.
    assert_eq!(ours, unsafe { layout });
}
