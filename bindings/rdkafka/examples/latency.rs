//! How long messages take: `cargo run --example latency -- [SERVERS [TOPIC [COUNT]]]` sends so many messages, and tells how soon
//! they were stored, what went over the wire by broker, and what librdkafka had to say. Without servers it uses librdkafka's
//! own cluster for tests.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use outlive_rdkafka::{Config, Events, Interceptor, Producer, Record, Request};

/// Requests and bytes by broker, counted on librdkafka's threads.
#[derive(Default)]
struct Traffic(Mutex<BTreeMap<String, (usize, usize)>>);

struct Counting(Arc<Traffic>);

impl Interceptor for Counting {
    fn on_request_sent(&self, request: &Request<'_>) {
        let mut traffic = self.0.0.lock().unwrap();
        let (requests, bytes) = traffic.entry(request.broker.into()).or_default();
        *requests += 1;
        *bytes += request.size;
    }
}

struct Told;

impl Events for Told {
    fn log(&self, level: i32, facility: &str, text: &str) {
        eprintln!("<{level}> {facility}: {text}");
    }

    fn error(&self, error: &outlive_rdkafka::Error) {
        eprintln!("error: {error}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut config = Config::new();
    match arguments.next() {
        Some(servers) => config.set("bootstrap.servers", &servers)?,
        None => config.set("test.mock.num.brokers", "3")?,
    };
    let topic = arguments.next().unwrap_or_else(|| "latency".into());
    let count = arguments.next().map(|count| count.parse()).transpose()?.unwrap_or(1000_usize);

    let traffic = Arc::new(Traffic::default());
    config.intercept("traffic", Counting(traffic.clone()))?;
    let producer = Producer::new(config, Told)?;
    let times = Arc::new(Mutex::new(Vec::with_capacity(count)));
    for number in 0..count {
        let (times, begun) = (times.clone(), Instant::now());
        let payload = number.to_string();
        let record =
            Record { topic: &topic, payload: Some(payload.as_bytes()), ..Record::default() };
        producer.send(&record, move |delivered| match delivered {
            Ok(_) => times.lock().unwrap().push(begun.elapsed()),
            Err(error) => eprintln!("message {number} is lost: {error}"),
        })?;
        producer.poll(Duration::ZERO)?;
    }
    producer.flush(Duration::from_secs(60))?;
    drop(producer);

    let mut times = times.lock().unwrap();
    times.sort();
    println!("{} of {count} messages were stored", times.len());
    for percent in [50, 90, 99] {
        if let Some(time) = times.get(times.len() * percent / 100) {
            println!("  {percent} % within {time:.1?}");
        }
    }
    for (broker, (requests, bytes)) in &*traffic.0.lock().unwrap() {
        println!("  {broker}: {requests} requests, {bytes} bytes");
    }
    Ok(())
}
