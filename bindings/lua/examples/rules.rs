//! Scripts decide what becomes of each request: `cargo run --example rules`. They see the request as an object, call
//! functions of the program, and get no more memory and time than they are allowed, so that one with a mistake harms
//! nobody but itself.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use outlive_lua::{Error, Lua, Object, Reference, Value};

/// A request, as a script sees it.
struct Request {
    path: &'static str,
    from: &'static str,
}

impl Object for Request {
    const NAME: &'static str = "Request";
    const METHODS: &'static [&'static str] = &["path", "from"];

    fn call(&self, method: &str, _arguments: &[Value]) -> Result<Vec<Value>, Error> {
        Ok(vec![Value::from(if method == "path" { self.path } else { self.from })])
    }
}

const REQUESTS: [Request; 4] = [
    Request { path: "/index.html", from: "10.0.0.7" },
    Request { path: "/admin", from: "203.0.113.9" },
    Request { path: "/admin", from: "10.0.0.7" },
    Request { path: "/../etc/passwd", from: "203.0.113.9" },
];

const RULES: [(&str, &str); 5] = [
    (
        "careful",
        r#"return function(request)
            if request:path():find("..", 1, true) then block(request:from(), "climbs"); return "deny" end
            if request:path() == "/admin" and not request:from():find("^10%.") then return "deny" end
            return "allow"
        end"#,
    ),
    (
        "greedy",
        r#"local all = {} return function(request) while true do all[#all + 1] = request:path():rep(99) end end"#,
    ),
    ("endless", "return function(request) while true do end end"),
    ("mistaken", r#"return function(request) return request:pfad() end"#),
    ("unfinished", r#"return function(request) if"#),
];

/// What a rule says of a request.
fn decide(lua: &Lua, rule: &Reference, request: Request) -> Result<String, Error> {
    let decision = rule.call(&[lua.object(request)?.into()])?;
    match decision.as_slice() {
        [Value::String(word)] => Ok(String::from_utf8_lossy(word).into_owned()),
        other => Err(Error::new(format!("{other:?} is no decision"))),
    }
}

fn main() -> Result<(), Error> {
    for (name, text) in RULES {
        println!("{name}");
        let lua = Lua::with_limit(256 * 1024)?;
        let blocked = Rc::new(RefCell::new(Vec::new()));
        let list = blocked.clone();
        let block = move |arguments: &[Value]| match arguments {
            [Value::String(from), Value::String(why)] => {
                let [from, why] =
                    [from, why].map(|text| String::from_utf8_lossy(text).into_owned());
                list.borrow_mut().push(format!("{from} {why}"));
                Ok(Vec::new())
            }
            _ => Err(Error::new("block(address, reason)")),
        };
        lua.set("block", lua.function(block)?)?;
        let steps = Cell::new(0);
        lua.on_step(Some(Box::new(move || {
            steps.set(steps.get() + 1);
            steps.get() < 1000
        })))?;
        let rule = match lua.eval(text) {
            Ok(rule) => rule,
            Err(error) => {
                println!("  is not used: {error}");
                continue;
            }
        };
        let [Value::Reference(rule)] = rule.as_slice() else { continue };
        for request in REQUESTS {
            let (path, from) = (request.path, request.from);
            match decide(&lua, rule, request) {
                Ok(decision) => println!("  {from:<12} {path:<16} {decision}"),
                Err(error) => println!("  {from:<12} {path:<16} deny: {error}"),
            }
        }
        println!("  blocked: {:?}; {} KB in use", blocked.borrow(), lua.used() / 1024);
    }
    Ok(())
}
