// The files of the core that are compiled as they are. A target includes this list at its root, and adds
// `limits`, `platform`, `primitive` and `region`.

#[path = "../../crates/outlive-core/src/account.rs"]
mod account;
#[path = "../../crates/outlive-core/src/adopt.rs"]
mod adopt;
#[path = "../../crates/outlive-core/src/arena.rs"]
mod arena;
#[path = "../../crates/outlive-core/src/barrier.rs"]
mod barrier;
#[path = "../../crates/outlive-core/src/boxed.rs"]
mod boxed;
#[path = "../../crates/outlive-core/src/by_address.rs"]
mod by_address;
#[path = "../../crates/outlive-core/src/call.rs"]
mod call;
#[path = "../../crates/outlive-core/src/child.rs"]
mod child;
#[path = "../../crates/outlive-core/src/chunks.rs"]
mod chunks;
#[path = "../../crates/outlive-core/src/close.rs"]
mod close;
#[path = "../../crates/outlive-core/src/end.rs"]
mod end;
#[path = "../../crates/outlive-core/src/ended.rs"]
mod ended;
#[path = "../../crates/outlive-core/src/enter.rs"]
mod enter;
#[path = "../../crates/outlive-core/src/environment.rs"]
mod environment;
#[path = "../../crates/outlive-core/src/errand.rs"]
mod errand;
#[path = "../../crates/outlive-core/src/error.rs"]
mod error;
#[path = "../../crates/outlive-core/src/exit.rs"]
mod exit;
#[path = "../../crates/outlive-core/src/gate.rs"]
mod gate;
#[path = "../../crates/outlive-core/src/handle.rs"]
mod handle;
#[path = "../../crates/outlive-core/src/hold.rs"]
mod hold;
#[path = "../../crates/outlive-core/src/hook.rs"]
mod hook;
#[path = "../../crates/outlive-core/src/inbox.rs"]
mod inbox;
#[path = "../../crates/outlive-core/src/incident.rs"]
mod incident;
#[path = "../../crates/outlive-core/src/inspect.rs"]
mod inspect;
#[path = "../../crates/outlive-core/src/instance.rs"]
mod instance;
#[path = "../../crates/outlive-core/src/ledger.rs"]
mod ledger;
#[path = "../../crates/outlive-core/src/left.rs"]
mod left;
#[path = "../../crates/outlive-core/src/life.rs"]
mod life;
#[path = "../../crates/outlive-core/src/list.rs"]
mod list;
#[path = "../../crates/outlive-core/src/locate.rs"]
mod locate;
#[path = "../../crates/outlive-core/src/lock.rs"]
mod lock;
#[path = "../../crates/outlive-core/src/malloc.rs"]
mod malloc;
#[path = "../../crates/outlive-core/src/notify.rs"]
mod notify;
#[path = "../../crates/outlive-core/src/outgoing.rs"]
mod outgoing;
#[path = "../../crates/outlive-core/src/owned.rs"]
mod owned;
#[path = "../../crates/outlive-core/src/pass.rs"]
mod pass;
#[path = "../../crates/outlive-core/src/place.rs"]
mod place;
#[path = "../../crates/outlive-core/src/record.rs"]
mod record;
#[path = "../../crates/outlive-core/src/report.rs"]
mod report;
#[path = "../../crates/outlive-core/src/result.rs"]
mod result;
#[path = "../../crates/outlive-core/src/ring.rs"]
mod ring;
#[path = "../../crates/outlive-core/src/settle.rs"]
mod settle;
#[path = "../../crates/outlive-core/src/slot.rs"]
mod slot;
#[path = "../../crates/outlive-core/src/stack.rs"]
mod stack;
#[path = "../../crates/outlive-core/src/stash.rs"]
mod stash;
#[path = "../../crates/outlive-core/src/table.rs"]
mod table;
#[path = "../../crates/outlive-core/src/table_type.rs"]
mod table_type;
#[path = "../../crates/outlive-core/src/tasks.rs"]
mod tasks;
#[path = "../../crates/outlive-core/src/text.rs"]
mod text;
#[path = "../../crates/outlive-core/src/thread.rs"]
mod thread;
#[path = "../../crates/outlive-core/src/ties.rs"]
mod ties;
#[path = "../../crates/outlive-core/src/until_ended.rs"]
mod until_ended;
#[path = "../../crates/outlive-core/src/wait.rs"]
mod wait;

// What `call_from_c` names at the root.
use call::{AboveC, Entered, Inside};
