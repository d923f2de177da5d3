//! What makes a description that of a table, and why one is not.

use core::alloc::Layout;
use core::fmt;

use outlive_core::{MemberInfo, MemberKind};

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
    /// The member of this number is one too many of its kind, or cannot be in a context-free table.
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
            Mistake::Unfit(member) => write!(
                f,
                "member {member}: one member has user data, and none of a context-free table"
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
    context_free: bool,
) -> Result<(), Mistake> {
    let total = layout.pad_to_align().size().checked_mul(templates.len());
    if layout.size() == 0 {
        return Err(Mistake::Empty);
    }
    if layout.align() > MOST_ALIGN {
        return Err(Mistake::Align(layout.align()));
    }
    let is_few = if context_free { !templates.is_empty() } else { templates.len() == 1 };
    if !is_few
        || templates.iter().any(|template| template.is_null())
        || total.is_none_or(|total| total > isize::MAX as usize)
    {
        return Err(Mistake::Templates(templates.len()));
    }
    (0..members.len()).try_for_each(|index| check_member(layout, members, index, context_free))
}

fn check_member(
    layout: Layout,
    members: &[MemberInfo],
    index: usize,
    context_free: bool,
) -> Result<(), Mistake> {
    let (before, MemberInfo { kind, offset, size, .. }) = (&members[..index], members[index]);
    if offset.checked_add(size).is_none_or(|end| end > layout.size()) {
        return Err(Mistake::Outside(index));
    }
    let is_pointer = size == size_of::<usize>();
    let is_unfit = || context_free || before.iter().any(|other| other.kind == kind);
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
