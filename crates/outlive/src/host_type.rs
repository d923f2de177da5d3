//! What the engine is told of a host type.

use core::alloc::Layout;
use core::any::TypeId;

use outlive_core::{HostType, NoMemoryError, TableType, fits_in_slot};

use crate::callbacks::Callbacks;

/// The key of a host type.
#[inline(always)]
pub(crate) fn key_of<H: Callbacks>() -> TypeId {
    TypeId::of::<H::Key>()
}

/// Whether values of this type stand in the slots of their registrations. Others are boxed.
pub(crate) const fn is_in_slot<H>() -> bool {
    const { fits_in_slot(Layout::new::<H>()) }
}

/// What a call has to know.
#[inline(always)]
pub(crate) fn host_type_of<H: Callbacks>() -> HostType {
    HostType { key: key_of::<H>(), in_slot: is_in_slot::<H>() }
}

/// The engine's type of the tables of `H`.
pub(crate) fn table_type_of<H: Callbacks>() -> Result<&'static TableType, NoMemoryError> {
    H::DESCRIPTION.table_type(key_of::<H>())
}
