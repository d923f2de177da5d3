//! The hub in a tokio program: it has no thread of its own, and other tasks go on.
#![cfg(all(feature = "hub", target_os = "linux", not(outlive_poll)))]

use std::rc::Rc;
use std::time::Duration;

use outlive::Ended;
use outlive_loop::Loop;
use outlive_vde::{LoopHandler, Plug, VdeContext};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_blocking, spawn_local};

const FRAMES: u64 = 100;

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().unwrap())
}

#[test]
fn a_hub_serves_its_clients_between_the_tasks_of_either_runtime() {
    for runtime in runtimes() {
        LocalSet::new().block_on(&runtime, serve());
    }
}

async fn serve() {
    let events = Rc::new(Loop::new().unwrap());
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("hub");
    let context = VdeContext::new(LoopHandler::new(events.clone())).unwrap();
    context.listen(&directory).unwrap();
    let driving = spawn_local({
        let events = events.clone();
        async move { events.run_on_tokio().await }
    });
    let ticking = spawn_local(async {
        let mut ticks = 0_u32;
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            ticks += 1;
            if ticks == 20 {
                return ticks;
            }
        }
    });

    let clients = spawn_blocking(move || {
        let one = Plug::connect(&directory, "one").unwrap();
        let two = Plug::connect(&directory, "two").unwrap();
        two.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut frame = [0; 128];
        for number in 0..FRAMES {
            one.send(&[number as u8; 64]).unwrap();
            assert_eq!((two.recv(&mut frame).unwrap(), frame[0]), (64, number as u8));
        }
    });
    clients.await.unwrap();
    assert_eq!(ticking.await.unwrap(), 20, "another task has gone on");
    assert_eq!(context.stats().frames_delivered, FRAMES);

    // The handler ends while the hub watches; its end is awaited, and the hub gives back what it has.
    assert_eq!(context.handler().revoke(), Ended::Serving);
    assert_eq!(context.handler().ended().await, Ended::Serving);
    context.close();
    assert!(events.is_empty(), "the hub has given all back");
    events.stop();
    driving.await.unwrap().unwrap();
}
