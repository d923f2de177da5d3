//! What a binding says of a table type.

use core::alloc::Layout;
use core::error::Error;
use core::fmt;
use std::io;

use super::TableType;
use crate::incident::IncidentKind;
use crate::raw::incident::{Detail, Report};
use crate::raw::place::text;
use crate::raw::{HostName, MemberInfo, MemberKind, PanicPolicy, TableInfo};

/// A member of the C struct.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is to the table.
    pub kind: MemberKind,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// How long it is, in bytes.
    pub size: usize,
}

/// What there is to say of a table type.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// The C struct's name.
    pub table: &'a str,
    /// The host type's name.
    pub host: &'a str,
    /// The C struct's size and alignment.
    pub layout: Layout,
    /// The members that matter; the callbacks come first, and are numbered from 0.
    pub members: &'a [Member<'a>],
    /// The struct as C gets it, filled with trampolines: one, or one for each instance.
    pub templates: &'a [*const ()],
    /// C passes no user data: each instance has trampolines of its own.
    pub context_free: bool,
    /// Count the calls that are served. The count is shared by all threads that call.
    pub count: bool,
    /// Abort the process when the host reports a panic.
    pub abort_on_panic: bool,
}

/// Why a description is not that of a table.
#[derive(Debug)]
#[non_exhaustive]
pub enum DescribeError {
    /// The struct has no size.
    Empty,
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
    /// The system gave no memory for the templates.
    NoMemory(io::Error),
}

impl fmt::Display for DescribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DescribeError::Empty => f.write_str("the struct has size 0"),
            DescribeError::Outside(member) => {
                write!(f, "member {member} does not lie within the struct")
            }
            DescribeError::Size(member) => write!(f, "member {member} is not as long as a pointer"),
            DescribeError::Order(member) => {
                write!(f, "member {member}: callbacks come before all other members")
            }
            DescribeError::Unfit(member) => {
                write!(
                    f,
                    "member {member}: one member has user data, and none of a context-free table"
                )
            }
            DescribeError::Templates(count) => {
                write!(
                    f,
                    "{count} templates: one, or of a context-free table one for each instance"
                )
            }
            DescribeError::NoMemory(error) => write!(f, "no memory for the templates: {error}"),
        }
    }
}

impl Error for DescribeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            DescribeError::NoMemory(error) => Some(error),
            _ => None,
        }
    }
}

/// Describes a table type, for the rest of the process. All of the description is copied.
///
/// # Errors
///
/// What is wrong with the description; it is an incident too.
///
/// # Safety
///
/// Each template is valid for reads of `layout`. Its function pointers are NULL or trampolines that enter
/// for this type, with the number of their callback (and of their instance).
pub unsafe fn describe(description: &Description<'_>) -> Result<&'static TableType, DescribeError> {
    let described = match check(description) {
        // SAFETY: DESCRIBED: just checked, and the caller's promise.
        Ok(()) => unsafe { leak(description) }.map_err(DescribeError::NoMemory),
        Err(error) => Err(error),
    };
    if let Err(error) = &described {
        let mut report = Report::unnamed(IncidentKind::BadArgument, text(description.table), "");
        report.detail = Detail::of(format_args!("{error}"));
        report.file_always();
    }
    described
}

fn check(description: &Description<'_>) -> Result<(), DescribeError> {
    let Description { layout, members, templates, context_free, .. } = *description;
    let total = layout.pad_to_align().size().checked_mul(templates.len());
    if layout.size() == 0 {
        return Err(DescribeError::Empty);
    }
    if templates.is_empty()
        || (!context_free && templates.len() > 1)
        || templates.iter().any(|template| template.is_null())
        || total.is_none_or(|total| total > isize::MAX as usize)
    {
        return Err(DescribeError::Templates(templates.len()));
    }
    (0..members.len()).try_for_each(|index| check_member(description, index))
}

fn check_member(description: &Description<'_>, index: usize) -> Result<(), DescribeError> {
    let before = &description.members[..index];
    let Member { kind, offset, size, .. } = description.members[index];
    let is_end_inside = |end| end <= description.layout.size();
    if !offset.checked_add(size).is_some_and(is_end_inside) {
        return Err(DescribeError::Outside(index));
    }
    let is_pointer = size == size_of::<usize>();
    let is_unfit = || description.context_free || before.iter().any(|other| other.kind == kind);
    match kind {
        MemberKind::Callback | MemberKind::UserData | MemberKind::DestroyNotify if !is_pointer => {
            Err(DescribeError::Size(index))
        }
        MemberKind::Callback if before.iter().any(|other| other.kind != kind) => {
            Err(DescribeError::Order(index))
        }
        MemberKind::UserData | MemberKind::DestroyNotify if is_unfit() => {
            Err(DescribeError::Unfit(index))
        }
        _ => Ok(()),
    }
}

/// # Safety
///
/// The description was checked; the rest is as for [`describe`].
unsafe fn leak(description: &Description<'_>) -> io::Result<&'static TableType> {
    let member = |member: &Member<'_>| {
        let Member { name, kind, offset, size } = *member;
        MemberInfo { name: text(name), kind, offset, size }
    };
    let members: Vec<MemberInfo> = description.members.iter().map(member).collect();
    let of_kind = |kind| move |member: &&MemberInfo| member.kind == kind;
    let panic = if description.abort_on_panic { PanicPolicy::Abort } else { PanicPolicy::Fallback };
    let info = TableInfo {
        table: text(description.table),
        host: HostName::Given(text(description.host)),
        layout: description.layout,
        panic,
        count: description.count,
        user_data: members.iter().find(of_kind(MemberKind::UserData)).map(|member| member.offset),
        written_by_c: members.iter().any(|member| member.kind == MemberKind::WrittenByC),
        members: members.leak(),
    };
    // SAFETY: the caller's promise.
    unsafe { TableType::leak(info, description.context_free, description.templates) }
}
