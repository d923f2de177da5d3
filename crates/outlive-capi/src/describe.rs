//! What a table type is.

use core::alloc::Layout;
use core::ffi::{c_char, c_int, c_void};
use core::ptr::NonNull;

use libc::size_t;
use outlive_core::{
    HostName, IncidentKind, Instance, MemberInfo, MemberKind, PanicPolicy, TableInfo, TableType,
    Told, report_of_host,
};

use crate::c::{give, guard, is_usable, text};
use crate::description::{Finding, Mistake, check};
use crate::status::{OUTLIVE_BAD_ARGUMENT, OUTLIVE_INTERNAL, OUTLIVE_NO_MEMORY, OUTLIVE_OK};

/// A described table type. It lives as long as the process, and any thread may use it.
pub struct outlive_type(());

/// A function pointer of the struct, behind which there is a trampoline, or NULL.
pub const OUTLIVE_CALLBACK: u32 = 0;
/// A member that the template sets, such as a version or a size.
pub const OUTLIVE_CONSTANT: u32 = 1;
/// A member that the C library writes: the table is then writable, and watched.
pub const OUTLIVE_WRITTEN_BY_C: u32 = 2;
/// A member, as long as a pointer, that carries the user data of the registration.
pub const OUTLIVE_USER_DATA: u32 = 3;
/// A function pointer that C calls with the user data when it has used that for the last time.
pub const OUTLIVE_DESTROY_NOTIFY: u32 = 4;
/// As OUTLIVE_CALLBACK; C takes back by it what it was lent. With OUTLIVE_KEEP it is served until the release.
pub const OUTLIVE_TAKES_BACK: u32 = 5;
/// As OUTLIVE_TAKES_BACK; C uses the table no more after it: its trampoline calls outlive_last_call at the end.
pub const OUTLIVE_LAST: u32 = 6;

/// A member of the C struct.
#[repr(C)]
pub struct outlive_member {
    /// Its name.
    pub name: *const c_char,
    /// What it is to the table: OUTLIVE_CALLBACK or another.
    pub kind: u32,
    /// Where it begins, in bytes: offsetof.
    pub offset: size_t,
    /// How long it is, in bytes: sizeof.
    pub size: size_t,
}

/// Count the calls that are served, for the ledger. All threads that call share the count, which costs more
/// than the rest of a call.
pub const OUTLIVE_COUNT: u32 = 1;
/// C passes no user data: there is one template for each table that can be held at the same time, and each
/// has trampolines of its own, which call outlive_enter_instance.
pub const OUTLIVE_CONTEXT_FREE: u32 = 2;
/// End the process when outlive_panicked is called.
pub const OUTLIVE_ABORT_ON_PANIC: u32 = 4;
/// Let a value go only when its table is released, or C has called the destroy notify or made its last call: C goes on
/// using memory of the value's after the end.
pub const OUTLIVE_KEEP: u32 = 8;
/// C passes the address of the table itself: each that is held has a table of its own, and its trampolines call
/// outlive_enter_table. C must not move or copy it.
pub const OUTLIVE_BY_ADDRESS: u32 = 16;

/// What there is to say of a table type.
#[repr(C)]
pub struct outlive_description {
    /// sizeof(struct outlive_description), so that it can grow.
    pub description_size: size_t,
    /// The C struct's name, for the ledger and for incidents.
    pub table: *const c_char,
    /// The name of the host's type, for the same.
    pub host: *const c_char,
    /// sizeof the C struct.
    pub size: size_t,
    /// Its alignment: _Alignof.
    pub align: size_t,
    /// The members that matter; the callbacks come first, and are numbered from 0.
    pub members: *const outlive_member,
    /// How many there are.
    pub member_count: size_t,
    /// The struct as C is to get it, filled with trampolines: one, or with OUTLIVE_CONTEXT_FREE one for each
    /// instance.
    pub templates: *const *const c_void,
    /// How many there are.
    pub template_count: size_t,
    /// OUTLIVE_COUNT, OUTLIVE_CONTEXT_FREE, OUTLIVE_ABORT_ON_PANIC, OUTLIVE_KEEP and OUTLIVE_BY_ADDRESS, or'ed.
    pub flags: u32,
}

/// Describes a table type, for as long as the process lives, and puts it into *type.
///
/// All of the description is copied. C gets tables in memory that nobody can write, unless a member is
/// OUTLIVE_WRITTEN_BY_C. The object that has the trampolines stays loaded from here on, whoever
/// calls dlclose. Describe a type once: another description, of the same struct too, is another type.
///
/// Errors: OUTLIVE_BAD_ARGUMENT, and a line on stderr that says why; OUTLIVE_NO_MEMORY.
///
/// # Safety
///
/// The pointers are NULL or valid, with as many elements as the counts say; each template is valid for
/// `size` bytes. The trampolines enter for this type, with their callback's number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outlive_describe(
    description: *const outlive_description,
    r#type: *mut *const outlive_type,
) -> c_int {
    guard(OUTLIVE_INTERNAL, || {
        // SAFETY: the caller's promise.
        let Some(description) = (unsafe { known(description) }) else {
            return OUTLIVE_BAD_ARGUMENT;
        };
        if !is_usable(r#type) {
            return OUTLIVE_BAD_ARGUMENT;
        }
        // SAFETY: the caller's promise.
        match unsafe { described(description) } {
            Ok(described) => {
                let described = core::ptr::from_ref(described).cast();
                // SAFETY: the caller's promise.
                unsafe { give(r#type, described) };
                OUTLIVE_OK
            }
            Err(status) => status,
        }
    })
}

/// The description, if it is at least as long as this library needs it.
///
/// # Safety
///
/// It is NULL or valid, if it is aligned.
unsafe fn known<'a>(description: *const outlive_description) -> Option<&'a outlive_description> {
    if !description.is_aligned() {
        return None;
    }
    // SAFETY: the caller's promise.
    let size = unsafe { description.cast::<size_t>().as_ref() }?;
    if *size < size_of::<outlive_description>() {
        return None;
    }
    // SAFETY: the caller's promise; it is this long.
    unsafe { description.as_ref() }
}

/// # Safety
///
/// As for [`outlive_describe`].
unsafe fn described(description: &outlive_description) -> Result<&'static TableType, c_int> {
    let layout = Layout::from_size_align(description.size, description.align)
        .map_err(|_| OUTLIVE_BAD_ARGUMENT)?;
    // SAFETY: the caller's promise.
    let table = unsafe { kept(description.table) };
    let refuse = |mistake: Mistake| {
        let (kind, told) = (IncidentKind::BadArgument, Told::default());
        report_of_host(kind, (table, ""), None, format_args!("{mistake}"), Some(&told));
        OUTLIVE_BAD_ARGUMENT
    };
    // SAFETY: the caller's promise.
    let members = unsafe { slice(description.members, description.member_count) }?;
    // SAFETY: the caller's promise.
    let templates = unsafe { slice(description.templates, description.template_count) }?;
    let templates: Vec<*const ()> = templates.iter().map(|template| template.cast()).collect();
    let members = members.iter().enumerate().map(|(index, member)| {
        // SAFETY: the caller's promise.
        unsafe { known_member(member) }.ok_or(Mistake::Kind(index))
    });
    let members = members.collect::<Result<Vec<_>, _>>().map_err(refuse)?;
    let has = |flag| description.flags & flag != 0;
    let finding = finding(description.flags).map_err(refuse)?;
    check(layout, &members, &templates, finding).map_err(refuse)?;
    let panic =
        if has(OUTLIVE_ABORT_ON_PANIC) { PanicPolicy::Abort } else { PanicPolicy::Fallback };
    let info = TableInfo {
        table,
        // SAFETY: the caller's promise.
        host: HostName::Given(unsafe { kept(description.host) }),
        layout,
        members: members.leak(),
        panic,
        count: has(OUTLIVE_COUNT),
        keep: has(OUTLIVE_KEEP),
        delivers: false,
        by_address: finding == Finding::Address,
    };
    let count = if finding == Finding::Instance { templates.len() } else { 0 };
    let instances: Vec<Instance> = (0..count).map(|_| Instance::new()).collect();
    let fill = |number: usize, to: NonNull<u8>| {
        let template = templates[number].cast::<u8>();
        // SAFETY: the caller's promise: each template is as long as the struct, which there is room for.
        unsafe { to.as_ptr().copy_from_nonoverlapping(template, layout.size()) };
    };
    // SAFETY: DESCRIBED: just checked; the rest is the caller's promise.
    unsafe { TableType::describe(Box::leak(Box::new(info)), instances.leak(), &fill) }
        .map_err(|_| OUTLIVE_NO_MEMORY)
}

/// How calls find their registration, by the flags of the description.
fn finding(flags: u32) -> Result<Finding, Mistake> {
    const OTHERS: u32 = OUTLIVE_COUNT | OUTLIVE_ABORT_ON_PANIC | OUTLIVE_KEEP;
    match flags & !OTHERS {
        0 => Ok(Finding::UserData),
        OUTLIVE_CONTEXT_FREE => Ok(Finding::Instance),
        OUTLIVE_BY_ADDRESS => Ok(Finding::Address),
        _ => Err(Mistake::Flags(flags)),
    }
}

/// A text of C's, kept for good.
///
/// # Safety
///
/// As for [`text`].
unsafe fn kept(name: *const c_char) -> &'static str {
    // SAFETY: the caller's promise.
    outlive_core::text(&unsafe { text(name) })
}

/// # Safety
///
/// `start` is NULL or has `length` elements, if it is aligned.
unsafe fn slice<'a, T>(start: *const T, length: usize) -> Result<&'a [T], c_int> {
    if length == 0 {
        return Ok(&[]);
    }
    let is_possible = length <= isize::MAX as usize / size_of::<T>();
    if !is_usable(start) || !is_possible {
        return Err(OUTLIVE_BAD_ARGUMENT);
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { core::slice::from_raw_parts(start, length) })
}

/// # Safety
///
/// The name is as for [`text`].
unsafe fn known_member(member: &outlive_member) -> Option<MemberInfo> {
    let kind = match member.kind {
        OUTLIVE_CALLBACK => MemberKind::Callback,
        OUTLIVE_CONSTANT => MemberKind::Constant,
        OUTLIVE_WRITTEN_BY_C => MemberKind::WrittenByC,
        OUTLIVE_USER_DATA => MemberKind::UserData,
        OUTLIVE_DESTROY_NOTIFY => MemberKind::DestroyNotify,
        OUTLIVE_TAKES_BACK => MemberKind::TakesBack,
        OUTLIVE_LAST => MemberKind::LastCall,
        _ => return None,
    };
    // SAFETY: the caller's promise.
    let name = unsafe { kept(member.name) };
    Some(MemberInfo { name, kind, offset: member.offset, size: member.size })
}

/// The type behind C's pointer.
///
/// # Safety
///
/// It is NULL or came from [`outlive_describe`].
#[inline(always)]
pub(crate) unsafe fn type_of(r#type: *const outlive_type) -> Option<&'static TableType> {
    // SAFETY: the caller's promise: types live as long as the process.
    unsafe { r#type.cast::<TableType>().as_ref() }
}
