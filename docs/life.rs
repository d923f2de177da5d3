//! Draws `docs/life.svg`: the life of a registration, and who waits when.
//!
//! `cargo run -q -p outlive-tests --example life > docs/life.svg`

const WIDTH: u32 = 800;
const HEIGHT: u32 = 610;
/// The height of a line of text.
const LINE: u32 = 20;

/// The picture brings its own background, so that it can be read on a light page and on a dark one.
const STYLE: &str = "\
text { font: 15px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2328 }
.name { font-weight: 600; font-size: 18px }
.word { font-weight: 600 }
.note { fill: #59636e }
.page { fill: #ffffff; stroke: #d1d9e0 }
.live { fill: #dafbe1; stroke: #1a7f37 }
.serving { fill: #fff8c5; stroke: #9a6700 }
.ended { fill: #ddf4ff; stroke: #0969da }
.free { fill: #f6f8fa; stroke: #59636e }
.arrow { fill: none; stroke: #1f2328; stroke-width: 1.5; marker-end: url(#head) }
.line { stroke: #d1d9e0 }";

/// A state, with what becomes of C's calls there.
struct State {
    class: &'static str,
    at: (u32, u32),
    size: (u32, u32),
    name: &'static str,
    lines: &'static [&'static str],
}

const STATES: [State; 4] = [
    State {
        class: "live",
        at: (24, 76),
        size: (160, 230),
        name: "live",
        lines: &["C's calls run your", "closure or method."],
    },
    State {
        class: "ended",
        at: (322, 76),
        size: (222, 104),
        name: "ended",
        lines: &[
            "Calls are refused: C gets",
            "the fallback. The value is",
            "dropped or given back.",
        ],
    },
    State {
        class: "serving",
        at: (322, 202),
        size: (222, 104),
        name: "serving",
        lines: &["Refused, except those by", "which C takes back. The", "value stays for these."],
    },
    State {
        class: "free",
        at: (648, 76),
        size: (128, 230),
        name: "free",
        lines: &["The memory is", "used again. C", "has forgotten", "the pointers."],
    },
];

const ARROWS: [&str; 5] =
    ["M184 128 H318", "M184 254 H318", "M544 128 H644", "M544 254 H644", "M104 76 V44 H712 V72"];

/// What is written on the arrows, and where.
const LABELS: [((u32, u32), &str); 6] = [
    ((251, 118), "revoke, drop"),
    ((251, 244), "revoke, drop"),
    ((251, 276), "keep = release"),
    ((594, 118), "release"),
    ((594, 244), "release"),
    ((408, 34), "release (unsafe: C has forgotten it)"),
];

const ENDS: [&str; 2] = [
    "Where C says itself that it is done (a destroy notify, its close, the only call of a completion),",
    "that last call does what a release does.",
];

/// Who waits when: the operation, from outside, and with a call of C's below it on the stack.
const WAITS: [[&str; 3]; 5] = [
    ["", "from outside of callbacks", "inside a callback"],
    ["drop", "never waits", "never waits"],
    ["revoke", "waits for the calls inside (Ended::Now)", "never waits (Ended::Later)"],
    ["release", "also for taking back, and for answers", "never waits (Ended::Later)"],
    ["C's last call", "never waits", "never waits"],
];
const COLUMNS: [u32; 3] = [24, 150, 510];

const NOTES: [&str; 3] = [
    "Where nobody waits, the last call to leave drops the value, and the rest is done then.",
    "Whoever has the handle may end it, at any moment (one that is Local, on its own thread).",
    "C may call in each state but free, on any thread: a call that must not run is refused.",
];

fn main() {
    print!("{}", picture());
}

fn picture() -> String {
    let states: String = STATES.iter().map(state).collect();
    let arrow = |path| format!("<path class=\"arrow\" d=\"{path}\"/>\n");
    let arrows: String = ARROWS.iter().map(arrow).collect();
    let label = |(at, label): &((u32, u32), &str)| text("word", "middle", *at, label);
    let labels: String = LABELS.iter().map(label).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n\
         <title>The life of a registration, and who waits when</title>\n\
         <style>\n{STYLE}\n</style>\n\
         <marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path d=\"M0 0 L8 4 L0 8 z\" fill=\"#1f2328\"/></marker>\n\
         <rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n\
         {states}{arrows}{labels}{}{}{}</svg>\n",
        WIDTH - 1,
        HEIGHT - 1,
        notes(338, &ENDS),
        waits(402),
        notes(402 + 26 * WAITS.len() as u32 + 10, &NOTES),
    )
}

fn state(state: &State) -> String {
    let ((x, y), (width, height), middle) = (state.at, state.size, state.at.0 + state.size.0 / 2);
    let lines = state.lines.len() as u32;
    let top = y + (height - (lines + 1) * LINE) / 2 + 15;
    let body: String = (1..)
        .zip(state.lines)
        .map(|(n, line)| text("", "middle", (middle, top + n * LINE + 2), line))
        .collect();
    let class = state.class;
    let outline = format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n"
    );
    outline + &text("name", "middle", (middle, top), state.name) + &body
}

fn waits(top: u32) -> String {
    let rows = (0..).zip(WAITS).map(|(n, row)| {
        let y = top + n * 26;
        let cells = (0..).zip(row).zip(COLUMNS).map(|((column, cell), x)| {
            let class = if n == 0 || column == 0 { "word" } else { "" };
            text(class, "start", (x, y), cell)
        });
        let line = format!("<path class=\"line\" d=\"M24 {} H776\"/>\n", y + 8);
        cells.collect::<String>() + &line
    });
    rows.collect()
}

fn notes(top: u32, notes: &[&str]) -> String {
    (0..).zip(notes).map(|(n, note)| text("note", "start", (24, top + n * 22), note)).collect()
}

fn text(class: &str, anchor: &str, (x, y): (u32, u32), content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(
        "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\">{content}</text>\n"
    )
}
