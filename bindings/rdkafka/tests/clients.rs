//! Producers and consumers, against librdkafka's own cluster for tests.

mod common;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use outlive_rdkafka::{
    Config, Consumer, Delivered, Error, Events, Interceptor, Message, Producer, Record, Request,
};

use common::{LONG, mock, producer, record, until};

const UNKNOWN_PARTITION: i32 = -190;
const PURGED: i32 = -152;
const ALL_BROKERS_DOWN: i32 = -187;

#[test]
fn each_message_is_reported_once_with_its_place() {
    let producer = producer(());
    let reports = Arc::new(Mutex::new(Vec::new()));
    for number in 0..20_u8 {
        let reports = reports.clone();
        let record = record(std::slice::from_ref(&number));
        producer
            .send(&record, move |delivered| reports.lock().unwrap().push((number, delivered)))
            .unwrap();
    }
    producer.flush(LONG).unwrap();
    let reports = reports.lock().unwrap();
    assert_eq!(reports.len(), 20);
    for (number, delivered) in &*reports {
        assert_eq!(*delivered, Ok(Delivered { partition: 0, offset: i64::from(*number) }));
    }
}

#[test]
fn a_message_that_cannot_be_stored_is_reported_too() {
    let producer = producer(());
    let error = Arc::new(Mutex::new(None));
    let reported = error.clone();
    let record = Record { partition: Some(99), ..record(b"lost") };
    match producer.send(&record, move |delivered| *reported.lock().unwrap() = delivered.err()) {
        Ok(()) => {
            producer.flush(LONG).unwrap();
            assert_eq!(error.lock().unwrap().as_ref().map(Error::code), Some(UNKNOWN_PARTITION));
        }
        Err(error) => assert_eq!(error.code(), UNKNOWN_PARTITION),
    }
}

#[test]
fn what_is_given_up_is_reported() {
    // Nobody listens there.
    let mut config = Config::new();
    config.set("bootstrap.servers", "127.0.0.1:1").unwrap();
    let producer = Producer::new(config, ()).unwrap();
    let codes = Arc::new(Mutex::new(Vec::new()));
    let send = |producer: &Producer| {
        let codes = codes.clone();
        let report = move |delivered: Result<_, Error>| {
            codes.lock().unwrap().push(delivered.unwrap_err().code())
        };
        producer.send(&record(b"x"), report).unwrap();
    };
    send(&producer);
    producer.purge().unwrap();
    producer.flush(LONG).unwrap();
    assert_eq!(codes.lock().unwrap()[..], [PURGED]);
    send(&producer);
    send(&producer);
    drop(producer);
    assert_eq!(codes.lock().unwrap()[..], [PURGED; 3]);
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<(ThreadId, String)>>,
    errors: Mutex<Vec<Error>>,
    statistics: AtomicUsize,
}

struct Shared(Arc<Heard>);

impl Events for Shared {
    fn log(&self, _: i32, facility: &str, text: &str) {
        self.0.lines.lock().unwrap().push((thread::current().id(), format!("{facility}: {text}")));
    }
    fn error(&self, error: &Error) {
        self.0.errors.lock().unwrap().push(error.clone());
    }
    fn statistics(&self, json: &str) {
        assert!(json.starts_with('{') && json.ends_with('}') && json.contains("\"msg_cnt\""));
        self.0.statistics.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn logs_come_from_threads_of_librdkafkas() {
    let heard = Arc::new(Heard::default());
    let mut config = mock();
    config.set("debug", "broker").unwrap();
    let producer = Producer::new(config, Shared(heard.clone())).unwrap();
    common::send(&producer).unwrap();
    drop(producer);
    let lines = heard.lines.lock().unwrap();
    assert!(lines.iter().any(|(_, line)| line.starts_with("MOCK: ")), "{lines:?}");
    assert!(lines.iter().any(|(id, _)| *id != thread::current().id()));
    assert_eq!(Arc::strong_count(&heard), 1);
}

#[test]
fn statistics_come_to_whoever_polls() {
    let heard = Arc::new(Heard::default());
    let mut config = mock();
    config.set("statistics.interval.ms", "10").unwrap();
    let producer = Producer::new(config, Shared(heard.clone())).unwrap();
    until("no statistics", || {
        producer.poll(Duration::from_millis(50)).unwrap();
        heard.statistics.load(Ordering::Relaxed) >= 3
    });
}

#[test]
fn errors_come_to_whoever_polls() {
    let heard = Arc::new(Heard::default());
    let mut config = Config::new();
    config.set("bootstrap.servers", "127.0.0.1:1").unwrap();
    let producer = Producer::new(config, Shared(heard.clone())).unwrap();
    until("no error", || {
        producer.poll(Duration::from_millis(50)).unwrap();
        heard.errors.lock().unwrap().iter().any(|error| error.code() == ALL_BROKERS_DOWN)
    });
}

#[derive(Default)]
struct Seen {
    sent: AtomicUsize,
    acknowledged: AtomicUsize,
    consumed: AtomicUsize,
    requests: AtomicUsize,
    responses: AtomicUsize,
    states: Mutex<HashSet<String>>,
    begun: Mutex<HashSet<ThreadId>>,
    ended: Mutex<HashSet<ThreadId>>,
    destroyed: AtomicUsize,
    bytes: AtomicU64,
}

struct Watching(Arc<Seen>);

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Interceptor for Watching {
    fn on_send(&self, message: &Message<'_>) {
        assert_eq!(
            (message.topic, message.key, message.payload),
            ("tested", Some(&b"key"[..]), Some(&b"hello"[..]))
        );
        count(&self.0.sent);
    }
    fn on_acknowledgement(&self, message: &Message<'_>) {
        assert_eq!(message.result, Ok(()));
        assert!(message.offset >= 0);
        count(&self.0.acknowledged);
    }
    fn on_consume(&self, message: &Message<'_>) {
        assert_eq!(message.payload, Some(&b"hello"[..]));
        count(&self.0.consumed);
    }
    fn on_request_sent(&self, request: &Request<'_>) {
        assert!(request.correlation > 0 && !request.broker.is_empty());
        self.0.bytes.fetch_add(request.size as u64, Ordering::Relaxed);
        count(&self.0.requests);
    }
    fn on_response_received(&self, request: &Request<'_>, result: Result<(), Error>) {
        assert!(result.is_err() || request.size > 0);
        count(&self.0.responses);
    }
    fn on_thread_start(&self, _: &str) {
        self.0.begun.lock().unwrap().insert(thread::current().id());
    }
    fn on_thread_exit(&self, _: &str) {
        self.0.ended.lock().unwrap().insert(thread::current().id());
    }
    fn on_broker_state_change(&self, _: i32, _: &str, state: &str) {
        self.0.states.lock().unwrap().insert(state.into());
    }
    fn on_destroy(&self) {
        count(&self.0.destroyed);
    }
}

#[test]
fn interceptors_see_messages_requests_and_threads() {
    let seen = Arc::new(Seen::default());
    let mut config = mock();
    config.intercept("watching", Watching(seen.clone())).unwrap();
    let producer = Producer::new(config, ()).unwrap();
    (0..5).for_each(|_| common::send(&producer).unwrap());

    let reader = Arc::new(Seen::default());
    let mut config = Config::new();
    config.set("bootstrap.servers", &producer.mock_servers().unwrap()).unwrap();
    config.set("group.id", "readers").unwrap();
    config.intercept("watching", Watching(reader.clone())).unwrap();
    let consumer = Consumer::new(config, ()).unwrap();
    consumer.assign("tested", 0, -2).unwrap();
    let mut read = Vec::new();
    until("messages are missing", || {
        let offset = consumer.poll(Duration::from_millis(100), |message| message.offset).unwrap();
        read.extend(offset);
        read.len() == 5
    });
    drop(consumer);
    drop(producer);

    assert_eq!(read, [0, 1, 2, 3, 4]);
    let load = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    assert_eq!((load(&seen.sent), load(&seen.acknowledged), load(&seen.consumed)), (5, 5, 0));
    assert_eq!(load(&reader.consumed), 5);
    assert!(load(&seen.requests) >= 5 && load(&seen.responses) >= 5);
    assert!(seen.bytes.load(Ordering::Relaxed) > 25);
    assert!(seen.states.lock().unwrap().contains("UP"));
    let (begun, ended) = (seen.begun.lock().unwrap(), seen.ended.lock().unwrap());
    assert!(begun.len() >= 3 && !begun.contains(&thread::current().id()));
    assert_eq!(*begun, *ended);
    assert_eq!((load(&seen.destroyed), load(&reader.destroyed)), (1, 1));
    assert_eq!((Arc::strong_count(&seen), Arc::strong_count(&reader)), (1, 1));
}

#[test]
fn a_producer_may_be_used_by_several_threads() {
    let producer = producer(());
    let reports = Arc::new(AtomicUsize::new(0));
    let report = || {
        let reports = reports.clone();
        move |delivered: Result<_, Error>| {
            delivered.unwrap();
            count(&reports);
        }
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..30 {
                    producer.send(&record(b"hello"), report()).unwrap();
                    producer.poll(Duration::ZERO).unwrap();
                }
                producer.flush(LONG).unwrap();
            });
        }
    });
    assert_eq!(reports.load(Ordering::Relaxed), 90);
}
