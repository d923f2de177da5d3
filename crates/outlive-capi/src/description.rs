//! What makes a description that of a table, and why one is not.

use core::alloc::Layout;
use core::fmt;

use outlive_core::{MemberInfo, MemberKind, fits_in_chunk};

/// How a call finds its registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// By the user data that C passes.
    UserData,
    /// By the instance that the trampoline belongs to.
    Instance,
    /// By the address of the table, which C passes.
    Address,
}

/// Why a description is not that of a table.
#[derive(Debug)]
pub(crate) enum Mistake {
    /// The struct has no size.
    Empty,
    /// The alignment is larger than this library has memory for.
    Align(usize),
    /// The member of this number does not lie within the struct.
    Outside(usize),
    /// The member of this number has another size than its kind has.
    Size(usize),
    /// The callback of this number comes after a member that is none.
    Order(usize),
    /// The member of this number is of no kind that there is.
    Kind(usize),
    /// There is no such flag, or two of them contradict each other.
    Flags(u32),
    /// The struct is too large to be found by its address.
    Large(Layout),
    /// The member of this number is one too many of its kind, or cannot be in a table that C passes no user data to.
    Unfit(usize),
    /// There are no templates, or more than one of a table that C passes user data to.
    Templates(usize),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mistake::Empty => f.write_str("the struct has size 0"),
            Mistake::Align(align) => write!(f, "an alignment of {align}: at most {MOST_ALIGN}"),
            Mistake::Outside(member) => write!(f, "member {member} does not lie within the struct"),
            Mistake::Size(member) => write!(f, "member {member} is not as long as a pointer"),
            Mistake::Order(member) => {
                write!(f, "member {member}: callbacks come before all other members")
            }
            Mistake::Kind(member) => write!(f, "member {member} is of a kind that there is not"),
            Mistake::Flags(flags) => write!(
                f,
                "flags {flags:#x}: of those of outlive.h, and not context-free and by address at once"
            ),
            Mistake::Large(layout) => write!(
                f,
                "{} bytes, aligned to {}: by its address a table of less than 64 KiB is found",
                layout.size(),
                layout.align()
            ),
            Mistake::Unfit(member) => write!(
                f,
                "member {member}: one member has user data, one the notify, and none where C passes no user data"
            ),
            Mistake::Templates(count) => write!(
                f,
                "{count} templates: one, or of a context-free table one for each instance"
            ),
        }
    }
}

/// No C struct is aligned to more: 1 MiB.
const MOST_ALIGN: usize = 1 << 20;

/// What is mistaken in a description, if anything is.
pub(crate) fn check(
    layout: Layout,
    members: &[MemberInfo],
    templates: &[*const ()],
    finding: Finding,
) -> Result<(), Mistake> {
    let total = layout.pad_to_align().size().checked_mul(templates.len());
    if layout.size() == 0 {
        return Err(Mistake::Empty);
    }
    if layout.align() > MOST_ALIGN {
        return Err(Mistake::Align(layout.align()));
    }
    if finding == Finding::Address && !fits_in_chunk(layout) {
        return Err(Mistake::Large(layout));
    }
    let is_few =
        if finding == Finding::Instance { !templates.is_empty() } else { templates.len() == 1 };
    if !is_few
        || templates.iter().any(|template| template.is_null())
        || total.is_none_or(|total| total > isize::MAX as usize)
    {
        return Err(Mistake::Templates(templates.len()));
    }
    (0..members.len()).try_for_each(|index| check_member(layout, members, index, finding))
}

fn check_member(
    layout: Layout,
    members: &[MemberInfo],
    index: usize,
    finding: Finding,
) -> Result<(), Mistake> {
    let (before, MemberInfo { kind, offset, size, .. }) = (&members[..index], members[index]);
    if offset.checked_add(size).is_none_or(|end| end > layout.size()) {
        return Err(Mistake::Outside(index));
    }
    let is_pointer = size == size_of::<usize>();
    let is_unfit = || finding != Finding::UserData || before.iter().any(|other| other.kind == kind);
    match kind {
        MemberKind::UserData | MemberKind::DestroyNotify if !is_pointer => {
            Err(Mistake::Size(index))
        }
        _ if kind.is_callback() && !is_pointer => Err(Mistake::Size(index)),
        _ if kind.is_callback() && before.iter().any(|other| !other.kind.is_callback()) => {
            Err(Mistake::Order(index))
        }
        MemberKind::UserData | MemberKind::DestroyNotify if is_unfit() => {
            Err(Mistake::Unfit(index))
        }
        _ => Ok(()),
    }
}
