//! Panics and ends in each callback, and drops at each moment: librdkafka goes on, and nothing is left.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use outlive::{Ended, ledger};
use outlive_rdkafka::{
    Config, Consumer, Error, Events, Interceptor, Message, Producer, Request, Stopper,
};

use common::{LONG, alone, mock, nothing_is_left, producer, record, send, until};

type Act = Arc<dyn Fn() + Send + Sync>;

/// Callbacks of which one, of this name, does something when it is called first.
struct Troubled {
    place: &'static str,
    act: Mutex<Option<Act>>,
    has_met: AtomicBool,
}

impl Troubled {
    fn meet(&self, place: &str) {
        if place == self.place {
            let act = self.act.lock().unwrap().clone();
            if let Some(act) = act {
                self.has_met.store(true, Ordering::SeqCst);
                act();
            }
        }
    }
}

struct Shared(Arc<Troubled>);

impl Events for Shared {
    fn log(&self, _: i32, _: &str, _: &str) {
        self.0.meet("log");
    }
    fn error(&self, _: &Error) {
        self.0.meet("error");
    }
    fn statistics(&self, _: &str) {
        self.0.meet("statistics");
    }
}

impl Interceptor for Shared {
    fn on_send(&self, _: &Message<'_>) {
        self.0.meet("on_send");
    }
    fn on_acknowledgement(&self, _: &Message<'_>) {
        self.0.meet("on_acknowledgement");
    }
    fn on_consume(&self, _: &Message<'_>) {
        self.0.meet("on_consume");
    }
    fn on_request_sent(&self, _: &Request<'_>) {
        self.0.meet("on_request_sent");
    }
    fn on_response_received(&self, _: &Request<'_>, _: Result<(), Error>) {
        self.0.meet("on_response_received");
    }
    fn on_thread_start(&self, _: &str) {
        self.0.meet("on_thread_start");
    }
    fn on_thread_exit(&self, _: &str) {
        self.0.meet("on_thread_exit");
    }
    fn on_broker_state_change(&self, _: i32, _: &str, _: &str) {
        self.0.meet("on_broker_state_change");
    }
    fn on_destroy(&self) {
        self.0.meet("on_destroy");
    }
}

/// Those of a producer that has a broker.
const PLACES: [&str; 10] = [
    "log",
    "statistics",
    "on_send",
    "on_acknowledgement",
    "on_request_sent",
    "on_response_received",
    "on_thread_start",
    "on_thread_exit",
    "on_broker_state_change",
    "on_destroy",
];

/// Those that are called when the client is there, and before it is dropped.
const MEANWHILE: [&str; 6] = [
    "log",
    "statistics",
    "on_send",
    "on_acknowledgement",
    "on_request_sent",
    "on_response_received",
];

fn troubled(place: &'static str, act: Option<Act>) -> Arc<Troubled> {
    Arc::new(Troubled { place, act: Mutex::new(act), has_met: AtomicBool::new(false) })
}

fn config(troubled: &Arc<Troubled>) -> Config {
    let mut config = mock();
    config.set("statistics.interval.ms", "10").unwrap();
    config.set("debug", "msg").unwrap();
    config.intercept("troubled", Shared(troubled.clone())).unwrap();
    config
}

/// Lets all be called, for as long as it takes.
fn work(producer: &Producer, troubled: &Troubled) {
    until(troubled.place, || {
        let _ = producer.send(&record(b"hello"), |_| ());
        producer.poll(Duration::from_millis(20)).unwrap();
        troubled.has_met.load(Ordering::SeqCst)
    });
}

#[test]
fn a_panic_in_a_callback_leaves_librdkafka_as_it_was() {
    let _alone = alone();
    for place in PLACES {
        let troubled = troubled(place, Some(Arc::new(move || panic!("in {place}"))));
        let producer = Producer::new(config(&troubled), Shared(troubled.clone())).unwrap();
        let delivered = Arc::new(AtomicUsize::new(0));
        let counted = delivered.clone();
        let report = move |delivered: Result<_, Error>| {
            counted.fetch_add(usize::from(delivered.is_ok()), Ordering::SeqCst);
        };
        producer.send(&record(b"hello"), report).unwrap();
        producer.flush(LONG).unwrap();
        assert_eq!(delivered.load(Ordering::SeqCst), 1, "{place}");
        if MEANWHILE.contains(&place) {
            work(&producer, &troubled);
        }
        drop(producer);
        assert!(troubled.has_met.load(Ordering::SeqCst), "{place}");
        assert_eq!(Arc::strong_count(&troubled), 1, "{place}");
        nothing_is_left();
    }
}

#[test]
fn a_panic_about_an_error_leaves_librdkafka_as_it_was() {
    let _alone = alone();
    let troubled = troubled("error", Some(Arc::new(|| panic!("about an error"))));
    let mut config = Config::new();
    config.set("bootstrap.servers", "127.0.0.1:1").unwrap();
    let producer = Producer::new(config, Shared(troubled.clone())).unwrap();
    until("no error", || {
        producer.poll(Duration::from_millis(20)).unwrap();
        troubled.has_met.load(Ordering::SeqCst)
    });
    drop(producer);
    assert_eq!(Arc::strong_count(&troubled), 1);
    nothing_is_left();
}

#[test]
fn a_panic_in_a_report_is_of_that_report_alone() {
    let _alone = alone();
    let producer = producer(());
    let reports = Arc::new(AtomicUsize::new(0));
    for number in 0..6 {
        let counted = reports.clone();
        let report = move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            assert_ne!(number, 2);
        };
        producer.send(&record(b"hello"), report).unwrap();
    }
    producer.flush(LONG).unwrap();
    assert_eq!((reports.load(Ordering::SeqCst), Arc::strong_count(&reports)), (6, 1));
    drop(producer);
    nothing_is_left();
}

#[test]
fn a_panic_in_a_consumers_interceptor_costs_no_message() {
    let _alone = alone();
    let source = producer(());
    send(&source).unwrap();
    let troubled = troubled("on_consume", Some(Arc::new(|| panic!("consumed"))));
    let mut config = Config::new();
    config.set("bootstrap.servers", &source.mock_servers().unwrap()).unwrap();
    config.set("group.id", "readers").unwrap();
    config.intercept("troubled", Shared(troubled.clone())).unwrap();
    let consumer = Consumer::new(config, ()).unwrap();
    consumer.assign("tested", 0, -2).unwrap();
    let mut payload = None;
    until("no message", || {
        payload = consumer
            .poll(Duration::from_millis(50), |message| message.payload.map(<[u8]>::to_vec))
            .unwrap()
            .flatten();
        payload.is_some()
    });
    assert_eq!(payload.as_deref(), Some(&b"hello"[..]));
    // A panic of the caller's own is none of librdkafka's: the message is freed.
    send(&source).unwrap();
    until("no message", || {
        let poll = || consumer.poll(Duration::from_millis(50), |_| panic!("the caller's"));
        catch_unwind(AssertUnwindSafe(poll)).is_err()
    });
    drop((consumer, source));
    assert!(troubled.has_met.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&troubled), 1);
    nothing_is_left();
}

#[test]
fn callbacks_may_be_ended_in_each_of_them() {
    let _alone = alone();
    for place in MEANWHILE {
        let troubled = troubled(place, None);
        let producer = Producer::new(config(&troubled), Shared(troubled.clone())).unwrap();
        let stopper = producer.stopper();
        *troubled.act.lock().unwrap() = Some(Arc::new(move || {
            let _: Ended = stopper.stop();
        }));
        work(&producer, &troubled);
        // librdkafka goes on; nothing more is heard, and nothing more is taken, for nothing could be reported.
        assert!(send(&producer).is_err(), "{place}");
        *troubled.act.lock().unwrap() = None;
        until(place, || Arc::strong_count(&troubled) == 1);
        drop(producer);
        nothing_is_left();
    }
}

#[test]
fn a_producer_may_be_dropped_in_each_of_its_callbacks_on_librdkafkas_threads() {
    let _alone = alone();
    for place in ["log", "on_acknowledgement", "on_request_sent", "on_response_received"] {
        let troubled = troubled(place, None);
        let producer = Producer::new(config(&troubled), Shared(troubled.clone())).unwrap();
        let reported = Arc::new(AtomicUsize::new(0));
        let counted = reported.clone();
        let here = thread::current().id();
        let owner = Arc::new(Mutex::new(None));
        let taken = owner.clone();
        *troubled.act.lock().unwrap() = Some(Arc::new(move || {
            if thread::current().id() != here {
                drop(taken.lock().unwrap().take());
            }
        }));
        let report = move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        };
        producer.send(&record(b"hello"), report).unwrap();
        *owner.lock().unwrap() = Some(producer);
        until(place, || owner.lock().unwrap().is_none() && ledger().tables.is_empty());
        assert_eq!(reported.load(Ordering::SeqCst), 1, "{place}");
        *troubled.act.lock().unwrap() = None;
        assert_eq!(Arc::strong_count(&troubled), 1, "{place}");
    }
}

#[test]
fn a_report_may_own_the_producer() {
    let _alone = alone();
    let producer = Arc::new(producer(()));
    let again = Arc::new(AtomicUsize::new(0));
    let (owned, counted) = (producer.clone(), again.clone());
    let report = move |_| {
        // Reports may send.
        let more = counted.clone();
        let report = move |_| {
            more.fetch_add(1, Ordering::SeqCst);
        };
        owned.send(&record(b"more"), report).unwrap();
    };
    producer.send(&record(b"hello"), report).unwrap();
    until("no report", || {
        producer.poll(Duration::from_millis(20)).unwrap();
        again.load(Ordering::SeqCst) == 1
    });
    assert_eq!(Arc::strong_count(&producer), 1);
    drop(producer);
    nothing_is_left();
}

#[test]
fn librdkafka_is_not_called_where_it_may_not_be() {
    let _alone = alone();
    for place in ["log", "on_send", "on_request_sent", "on_acknowledgement"] {
        let troubled = troubled(place, None);
        let producer =
            Arc::new(Producer::new(config(&troubled), Shared(troubled.clone())).unwrap());
        let (called, tries) = (Arc::downgrade(&producer), Arc::new(AtomicUsize::new(0)));
        let refused = tries.clone();
        *troubled.act.lock().unwrap() = Some(Arc::new(move || {
            let Some(producer) = called.upgrade() else { return };
            let all = [
                producer.send(&record(b"x"), |_| ()).is_err(),
                producer.poll(Duration::ZERO).is_err(),
                producer.flush(LONG).is_err(),
                producer.purge().is_err(),
                producer.mock_servers().is_err(),
            ];
            refused.fetch_add(usize::from(all == [true; 5]), Ordering::SeqCst);
        }));
        work(&producer, &troubled);
        assert!(tries.load(Ordering::SeqCst) > 0, "{place}");
        *troubled.act.lock().unwrap() = None;
        until(place, || Arc::strong_count(&producer) == 1);
        drop(producer);
        until(place, || ledger().tables.is_empty());
    }
}

#[test]
fn another_thread_may_end_all_at_any_moment() {
    let _alone = alone();
    for delay in 0..8 {
        let troubled = troubled("nothing", None);
        let producer = Producer::new(config(&troubled), Shared(troubled.clone())).unwrap();
        let stopper: Stopper = producer.stopper();
        let other = thread::spawn(move || {
            thread::sleep(Duration::from_micros(delay * 300));
            stopper.stop()
        });
        while send(&producer).is_ok() {}
        assert_eq!(other.join().unwrap(), Ended::Now);
        assert_eq!(Arc::strong_count(&troubled), 1);
        drop(producer);
        nothing_is_left();
    }
}
