//! What a held table's members are, read as a debugger would.

use core::fmt;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::account::incident_of;
use crate::handle::Handle;
use crate::incident::{Detail, IncidentKind};
use crate::platform::{CLibrary, System};
use crate::slot::Slot;
use crate::table::{HostName, MemberInfo, MemberKind};

/// What has become of a member since C got the table.
///
/// ```
#[doc = include_str!("hooks.md")]
/// use outlive::MemberState;
///
/// let inspection = held.inspect();
/// assert_eq!(inspection.member("tick").unwrap().state, MemberState::Intact);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MemberState {
    /// It is what was given to C.
    Intact,
    /// Somebody has written it.
    Altered,
    /// The block says that C writes it, so that it may be anything.
    WrittenByC,
}

/// One member of an [`Inspection`].
///
/// ```
#[doc = include_str!("hooks.md")]
/// let inspection = held.inspect();
/// let tick = inspection.member("tick").unwrap();
/// assert_eq!(tick.name, "tick");
/// assert_ne!(tick.value, 0); // the function that C calls
/// assert!(tick.symbol.as_ref().unwrap().ends_with("Clock::tick"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Member {
    /// The member's name in the C struct.
    pub name: &'static str,
    /// Whether it is a callback, a constant, user data, or C's own.
    pub kind: MemberKind,
    /// What it holds: a callback's address, or the first eight bytes of another member.
    pub value: usize,
    /// What stands at a callback's address: `host::method` while it is intact, else what the dynamic
    /// linker knows (`function`, or `object+offset`).
    pub symbol: Option<String>,
    /// What has become of it.
    pub state: MemberState,
}

/// The members of a held table that its block names. Its text has a line for each.
///
/// ```
#[doc = include_str!("hooks.md")]
/// let inspection = held.inspect();
/// assert!(inspection.is_intact());
/// assert_eq!(inspection.address, held.as_ptr().addr());
/// assert_eq!(inspection.members[0].name, "tick");
/// assert!(inspection.member("version").is_some());
/// println!("{inspection}"); // a line for each member
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The C struct's name.
    pub table: &'static str,
    /// Where the table stands.
    pub address: usize,
    /// The members, callbacks first.
    pub members: Vec<Member>,
}

impl Inspection {
    /// Whether no member was altered.
    pub fn is_intact(&self) -> bool {
        self.members.iter().all(|member| member.state != MemberState::Altered)
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {:#x}", self.table, self.address)?;
        for member in &self.members {
            write!(f, "  {:<20} {:#018x}", member.name, member.value)?;
            if let Some(symbol) = &member.symbol {
                write!(f, " <{symbol}>")?;
            }
            writeln!(f, " {:?}", member.state)?;
        }
        Ok(())
    }
}

/// # Safety
///
/// The caller may read the registration (GUARDED), until this returns.
pub(crate) unsafe fn inspect(handle: Handle, slot: &'static Slot) -> Inspection {
    // SAFETY: the caller's promise.
    let table_type = unsafe { slot.subject() }.table_type;
    // SAFETY: as above.
    let registration = *unsafe { slot.details().registration() };
    let number = registration.instance.and_then(|instance| {
        table_type.instances().iter().position(|one| core::ptr::eq(one, instance))
    });
    let original = table_type.template(number.unwrap_or(0)).original();
    let info = table_type.info();
    let table = registration.table.as_ptr().cast_const();
    let read = |member| read_member(handle, info.host, table, original.as_ptr(), member);
    let members: Vec<_> = info.members.iter().map(read).collect();
    for member in members.iter().filter(|member| member.state == MemberState::Altered) {
        let symbol = member.symbol.as_deref().unwrap_or("?");
        let detail = Detail::of(format_args!("now {:#x} <{symbol}>", member.value));
        let kind = IncidentKind::AlteredTable;
        // SAFETY: the caller's promise.
        unsafe { incident_of(handle, slot, kind, member.name, detail) }.file();
    }
    Inspection { table: info.table, address: table.addr(), members }
}

fn read_member(
    handle: Handle,
    host: HostName,
    table: *const (),
    original: *const (),
    info: &MemberInfo,
) -> Member {
    let now = bytes(table, info);
    let given = match info.kind {
        MemberKind::UserData => handle.bits().to_ne_bytes().to_vec(),
        _ => bytes(original, info),
    };
    let state = match info.kind {
        MemberKind::WrittenByC => MemberState::WrittenByC,
        _ if now == given => MemberState::Intact,
        _ => MemberState::Altered,
    };
    let value = first_word(&now);
    let is_function = info.kind.is_callback() || info.kind == MemberKind::DestroyNotify;
    let symbol = match state {
        MemberState::Intact if is_function => Some(format!("{}::{}", host.get(), info.name)),
        _ if is_function && value != 0 => System::symbol(core::ptr::without_provenance(value)),
        _ => None,
    };
    Member { name: info.name, kind: info.kind, value, symbol, state }
}

/// The bytes of a member, each read once, as an atomic: C may be writing.
fn bytes(table: *const (), member: &MemberInfo) -> Vec<u8> {
    let byte = |index| {
        // SAFETY: DESCRIBED: the member lies within the table.
        let at = unsafe { table.cast::<u8>().add(member.offset + index) };
        // SAFETY: G1: the table is valid until the registration is freed, and members that are described
        // are initialised. What is read only may be loaded so, too.
        unsafe { AtomicU8::from_ptr(at.cast_mut()) }.load(Ordering::Relaxed)
    };
    (0..member.size).map(byte).collect()
}

fn first_word(bytes: &[u8]) -> usize {
    let mut word = [0; size_of::<usize>()];
    let length = bytes.len().min(word.len());
    word[..length].copy_from_slice(&bytes[..length]);
    usize::from_ne_bytes(word)
}
