//! Calls that find their registration by the address of its table.

use crate::adopt;
use crate::chunks::{ALL_CHUNKS, Found};
use crate::enter::Site;
use crate::incident::{Detail, IncidentKind};
use crate::report::Report;

/// What C would pass as user data for the table at this address, whatever that is. `None` where no table begins there: that
/// is reported. A table that was released has the user data of its last registration, until its memory is used again.
#[inline(always)]
pub fn user_data_at(address: usize, site: &Site) -> Option<usize> {
    match ALL_CHUNKS.handle_at(address) {
        Some(handle) => Some(handle.user_data()),
        None => {
            report(address, site);
            None
        }
    }
}

/// Stands apart, so that the common way keeps C's arguments in registers.
#[cold]
#[inline(never)]
fn report(address: usize, site: &Site) {
    adopt::check();
    let table = site.info.table;
    let callback = site.info.callback_name(site.callback);
    let mut report = Report::unnamed(IncidentKind::BadArgument, table, callback);
    report.detail = match ALL_CHUNKS.find(address) {
        _ if address == 0 => Detail::of(format_args!("the table's address is NULL")),
        Found::PastTable(bytes) => {
            Detail::of(format_args!("{address:#x} is no table, but at offset {bytes} from one"))
        }
        Found::Table(_) | Found::Nothing => {
            Detail::of(format_args!("{address:#x} is no table of {table}"))
        }
    };
    report.file();
}
