//! The rules, one file each.

pub mod c1;
pub mod c2;
pub mod c3;
pub mod given;
pub mod h1;
pub mod h3;
pub mod kept;
pub mod r1;
pub mod r2;
pub mod r3;
pub mod released;
