//! C waits for answers while its tables end, and forgets what it has asked.

use core::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use outlive::IncidentKind;

use super::checks::{holds, reported, returns};
use super::survives;
use crate::asker::Asker;
use crate::binding::{Host, Owed, REFUSED, Shared, Table, owed, watching};
use crate::door::Door;
use crate::drops::Drops;
use crate::need::Need;
use crate::scenario::{Failure, Scenario, Stage, Verdict};
use crate::sys::asker_table;
use crate::wait::until;

pub const SCENARIOS: &[Scenario] = &[
    survives(
        "answered_after_the_end",
        "G1 G10",
        "C is answered when the host has ended the table, and others have its place",
        after_the_end,
    ),
    survives(
        "answered_after_the_last_call",
        "G1 G10",
        "C makes its last call while it waits for answers",
        after_the_last_call,
    ),
    survives(
        "answered_after_the_release",
        "G4 G10",
        "the host answers what C has forgotten, and lets others go unanswered",
        after_the_release,
    ),
    survives(
        "released_while_answering",
        "G4 G10",
        "C forgets its requests when the host has released the table, while a thread answers",
        while_answering,
    ),
    survives(
        "released_under_answers",
        "G4 G10",
        "threads answer as fast as they can while the table is released, and C forgets",
        under_answers,
    ),
    survives(
        "closed_under_answers",
        "G4 G10",
        "C makes its last call while threads answer as fast as they can",
        closed_under_answers,
    ),
    survives(
        "unanswered_panic",
        "G7 G10",
        "a request panics before it is answered",
        unanswered_panic,
    )
    .needing(&[Need::Unwinding]),
    survives(
        "released_inside_an_answer",
        "G6 G10",
        "the host releases the table inside of the answer to its request",
        inside,
    ),
    survives(
        "watched_after_the_release",
        "G4 G10",
        "the host calls, and frees, what C has forgotten",
        watched,
    ),
    survives(
        "thread_ends_by_system_call_in_an_answer",
        "G4 G8",
        "a thread ends in an answer by the bare system call, and the table is released",
        gone,
    ),
];

unsafe extern "C" {
    safe fn gone_exit() -> !;
    safe fn gone_last() -> c_int;
}

/// A table that is asked, and C.
fn asked(stage: &Stage, drops: &Drops) -> (Shared<asker_table>, Asker) {
    let table = stage.binding.asked(Host::new(1000).counted(drops));
    let asker = Asker::given(table.raw(), Table::arg(&*table));
    (table, asker)
}

/// C asks; what is owed then.
fn ask(asker: Asker, value: c_int) -> Result<Box<dyn Owed>, Failure> {
    returns(asker.request(value), 1000 + value)?;
    owed().ok_or_else(|| Failure::wrong("nothing is owed"))
}

fn heard(asker: Asker, answers: c_int, last: c_int) -> Verdict {
    holds(asker.heard() == (answers, last), &format!("C has heard {answers} answers, {last} last"))
}

fn after_the_end(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let (table, asker) = asked(stage, &drops);
    let (one, other) = (ask(asker, 1)?, ask(asker, 2)?);
    let _ = table.revoke();
    let _newcomers = stage.reuse();
    holds(one.answer(7) && drops.count() == 1, "C is called after the end of the value")?;
    heard(asker, 1, 7)?;
    drop(table);
    drop(other);
    heard(asker, 2, REFUSED)?;
    reported(stage, IncidentKind::LateCall, 0)
}

fn after_the_last_call(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let (table, asker) = asked(stage, &drops);
    let (one, other) = (ask(asker, 1)?, ask(asker, 2)?);
    table.hand_over(&mut || true);
    asker.close();
    let _newcomers = stage.reuse();
    holds(one.answer(7) && drops.count() == 1, "C is called after its last call")?;
    heard(asker, 1, 7)?;
    drop(other);
    heard(asker, 2, REFUSED)?;
    reported(stage, IncidentKind::LateCall, 0)
}

fn after_the_release(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let (table, asker) = asked(stage, &drops);
    let (one, other) = (ask(asker, 1)?, ask(asker, 2)?);
    table.release();
    asker.forget();
    let _newcomers = stage.reuse();
    holds(!one.answer(7) && drops.count() == 1, "the answer is refused")?;
    drop(other);
    heard(asker, 0, 0)
}

fn while_answering(stage: &Stage) -> Verdict {
    for ends_before in [false, true] {
        let (drops, door) = (Drops::default(), Door::new());
        let (table, asker) = asked(stage, &drops);
        let owed = ask(asker, 1)?;
        if ends_before {
            let _ = table.revoke();
        }
        asker.during(move || door.enter());
        let answering = std::thread::spawn(move || owed.answer(7));
        door.wait_for(1);
        let releasing = std::thread::spawn(move || {
            table.release();
            // C is in the answer until here.
            asker.forget();
        });
        std::thread::sleep(core::time::Duration::from_millis(20));
        door.open();
        holds(answering.join().unwrap_or(false), "the answer was given")?;
        holds(releasing.join().is_ok(), "the table was released")?;
        heard(asker, 1, 7)?;
    }
    Ok(())
}

/// How many answers were given by threads that take what is owed, while `end` runs in the middle of it.
fn answered_during(asker: Asker, end: impl FnOnce()) -> Result<c_int, Failure> {
    (0..REQUESTS).try_for_each(|n| returns(asker.request(n), 1000 + n))?;
    asker.during(std::thread::yield_now);
    let given = Arc::new(AtomicI32::new(0));
    let threads = [(); 2].map(|()| {
        let given = Arc::clone(&given);
        std::thread::spawn(move || {
            while let Some(owed) = owed() {
                given.fetch_add(owed.answer(7).into(), Ordering::SeqCst);
            }
        })
    });
    while given.load(Ordering::SeqCst) < REQUESTS / 4 {
        std::thread::yield_now();
    }
    end();
    threads.into_iter().for_each(|thread| drop(thread.join()));
    Ok(given.load(Ordering::SeqCst))
}

const ROUNDS: usize = 20;
const REQUESTS: c_int = 200;

fn under_answers(stage: &Stage) -> Verdict {
    for _ in 0..ROUNDS {
        let drops = Drops::default();
        let (table, asker) = asked(stage, &drops);
        let given = answered_during(asker, || {
            table.release();
            asker.forget();
        })?;
        holds(asker.answered() == given && drops.count() == 1, "C has heard what was given")?;
    }
    Ok(())
}

fn closed_under_answers(stage: &Stage) -> Verdict {
    for _ in 0..ROUNDS {
        let drops = Drops::default();
        let (table, asker) = asked(stage, &drops);
        let given = answered_during(asker, || {
            table.hand_over(&mut || true);
            asker.close();
        })?;
        holds((given, asker.answered()) == (REQUESTS, REQUESTS), "each request was answered")?;
        holds(drops.count() == 1, "the host value was dropped once")?;
    }
    Ok(())
}

fn unanswered_panic(stage: &Stage) -> Verdict {
    let host = Host::doing(1000, |_, _| panic!("before the answer"));
    let table = stage.binding.asked(host);
    let asker = Asker::given(table.raw(), Table::arg(&*table));
    returns(asker.request(1), REFUSED)?;
    heard(asker, 1, REFUSED)?;
    reported(stage, IncidentKind::Panic, 1)
}

fn inside(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let (table, asker) = asked(stage, &drops);
    let (one, other) = (ask(asker, 1)?, ask(asker, 2)?);
    let table = std::sync::Mutex::new(Some(table));
    asker.during(move || {
        let table = table.lock().map_or(None, |mut table| table.take());
        if let Some(table) = table {
            table.release();
        }
    });
    holds(one.answer(7), "the answer was given")?;
    holds(drops.count() == 1, "the host value was dropped")?;
    asker.forget();
    let _newcomers = stage.reuse();
    holds(!other.answer(8), "the other answer is refused")?;
    heard(asker, 1, 7)
}

fn watched(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let (table, asker) = asked(stage, &drops);
    let watch = |value| {
        returns(asker.watch(value), 1000 + value)?;
        watching().ok_or_else(|| Failure::wrong("nothing is watched"))
    };
    let (one, other) = (watch(1)?, watch(2)?);
    holds(one.call(3) && one.call(4) && other.call(5), "C is called as often as the host likes")?;
    drop(one);
    holds((asker.changes(), asker.freed()) == (3, 1), "C has freed its data once")?;
    table.release();
    asker.forget();
    let _newcomers = stage.reuse();
    holds(!other.call(6), "the call is refused")?;
    drop(other);
    holds((asker.changes(), asker.freed()) == (3, 1), "C has heard nothing more")
}

fn gone(stage: &Stage) -> Verdict {
    let drops = Drops::default();
    let (table, asker) = asked(stage, &drops);
    let owed = ask(asker, 1)?;
    asker.during(|| gone_exit());
    let before = gone_last();
    // It does not end as a thread of the host's does: nobody can join it.
    drop(std::thread::spawn(move || owed.answer(7)));
    until(|| gone_last() != before);
    table.release();
    // By the close, and by the wait for what the host calls.
    reported(stage, IncidentKind::ThreadGone, 2)
}
