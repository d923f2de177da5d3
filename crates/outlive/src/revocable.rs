//! Ending many registrations at once.

use outlive_core::{Ended, Place, Registered};

use crate::seal::Seal;

/// Ends all of `all`, each as [`Held::revoke`](crate::Held::revoke) does, with one barrier and one look at the threads for
/// all of them. [`Ended::Now`] if it is so for each.
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Callback, Ended, revoke_all};
///
/// let held = Held::new(Adder(1))?;
/// let done = Callback::<unsafe extern "C" fn(*mut c_void)>::new(|| println!("done"))?;
/// assert_eq!(revoke_all(&[&held, &done]), Ended::Now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[track_caller]
pub fn revoke_all(all: &[&dyn Revocable]) -> Ended {
    let all: Vec<&Registered> = all.iter().map(|one| one.registered(Seal(()))).collect();
    outlive_core::revoke_all(&all, Place::caller())
}

/// What [`revoke_all`] can end: any [`Held`](crate::Held) and any [`Callback`](crate::Callback).
///
/// ```
#[doc = include_str!("guide/adder.md")]
/// use outlive::{Ended, Revocable};
///
/// /// What a binding has given to C.
/// struct Given(Vec<Box<dyn Revocable>>);
///
/// let given = Given(vec![Box::new(Held::new(Adder(1)).unwrap())]);
/// let all: Vec<&dyn Revocable> = given.0.iter().map(|one| &**one).collect();
/// assert_eq!(outlive::revoke_all(&all), Ended::Now);
/// ```
pub trait Revocable: Sealed {}

/// Nobody else has registrations.
pub trait Sealed {
    fn registered(&self, _: Seal) -> &Registered;
}
