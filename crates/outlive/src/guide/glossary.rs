//! The words of this documentation.
//!
//! # What there is
//!
//! | word | |
//! | --- | --- |
//! | host | the program that uses this library, or the language that it is written in |
//! | callback | a function pointer that C calls: alone, or a member of a table. It is also what a [`Callback`](crate::Callback) has |
//! | table | a C struct of function pointers |
//! | block | an `impl` block under [`#[callbacks]`](macro@crate::callbacks), whose methods are callbacks |
//! | host value, host type | the value whose methods, or the closure that, the callbacks run; its type |
//! | registration | one host value that C can call |
//! | handle | what the host has of a registration: a [`Held`](crate::Held) or a [`Callback`](crate::Callback). Dropping it ends the registration |
//! | user data | the `void *` that C passes to a callback. It is a number here: the registration's index, and a generation that tells it from others which had the same index |
//! | locator | how a call finds its registration: by user data, by the table's address, or by functions of its own |
//! | context-free table, instance | a table to which C passes neither (`state = none`); the functions that such a table has of its own |
//! | trampoline | the function that C really calls. It looks for the registration, runs the method, and catches its panic |
//! | gate | what each trampoline passes: it admits the call or refuses it, and lets a close wait for the calls inside |
//! | token | a `void *` that the host returns to C, and gets back: see [`Tokens`](crate::Tokens) |
//! | cookie | a `void *` of C's, which C passes with a function, and wants back when that is called |
//! | completion | an answer that is owed to C: see [`Completion`](crate::Completion) |
//! | incident | something that would have been undefined behaviour, or a panic: it is reported, counted, and harmless. See [`IncidentKind`](crate::IncidentKind) |
//! | ledger | the list of all registrations: see [`ledger()`](crate::ledger()) |
//!
//! # What a call is
//!
//! | word | |
//! | --- | --- |
//! | served | it has run the method |
//! | refused | it has not, or the method has panicked: it returns the fallback |
//! | fallback | what a refused call returns to C, as the block or the constructor declares it |
//! | late | it comes after the end of its registration, and is refused |
//! | last | C will not use the registration after it: a destroy notify, a callback that is marked with `last`, the only call of a one-shot |
//! | destroy notify | the destructor of the user data that C calls |
//! | taking back | by it C takes back what it has lent, or gives back what it was lent (`event_del`, `io_free`, `unlock`) |
//! | inside, outside | a thread is inside while a call of C's is below it on the stack: in a callback, an incident hook, or a destructor that either runs |
//!
//! # The life of a registration
//!
//! | word | |
//! | --- | --- |
//! | live | calls reach the host value |
//! | ended, closed | calls are refused. The value is dropped, or given back, when the last call inside has left |
//! | serving | ended, with `keep = release`: calls that take back, and the last call, still reach the value |
//! | free | all memory is used again |
//! | close | any act that ends a registration |
//! | revoke | to end it, and to wait for the calls inside, if the caller is outside |
//! | release | to end it and free it. It is `unsafe`, because only the caller can know that C has forgotten the pointers |
//! | hand over | to give the handle to C, whose last call ends it and frees it |
//! | leak | to keep it, live, for the rest of the process |
//! | quiet | no callback is running, and none will start |
//! | sealed, watched | a table in read-only memory; one that C writes to, whose other members [`inspect`](crate::Held::inspect) compares |
//!
//! # Who may call
//!
//! | word | |
//! | --- | --- |
//! | shared | any thread, several at a time: [`Shared`](crate::Shared) |
//! | exclusive | any thread, one call at a time: [`Exclusive`](crate::Exclusive) |
//! | local | the thread that made it: [`Local`](crate::Local) |
