//! The Rust declarations have the sizes, offsets and values that the C compiler sees in the header.
#![cfg(feature = "hub")]

mod common;

use std::{
    fmt::Write as _,
    fs,
    mem::{offset_of, size_of},
};

use outlive_vde::sys::*;

macro_rules! structs {
    ($code:ident: $($name:ident { $($field:ident)* })*) => {$(
        let size = size_of::<$name>();
        writeln!($code, "SAME(sizeof({}), {size});", stringify!($name)).unwrap();
        $(
            let offset = offset_of!($name, $field);
            let (name, field) = (stringify!($name), stringify!($field));
            writeln!($code, "SAME(offsetof({name}, {field}), {offset});").unwrap();
        )*
    )*};
}

macro_rules! constants {
    ($code:ident: $($name:ident)*) => {$(
        writeln!($code, "SAME({}, {});", stringify!($name), $name).unwrap();
    )*};
}

#[test]
fn the_declarations_agree_with_the_header() {
    let mut code = String::from("#include \"vde_hub.h\"\n");
    code.push_str("#define SAME(c, rust) _Static_assert((c) == (rust), #c \" is not \" #rust)\n");
    structs! { code:
        vde_event_handler { event_add event_del timeout_add timeout_del }
        vde_listener { port_opened port_closed frame }
        vde_limits { queue_frames max_ports handshake_ms idle_ms frame_max }
        vde_hub_stats {
            ports_open ports_ever handshakes frames_received frames_delivered frames_queued
            dropped_queue_full dropped_too_short dropped_too_long dropped_peer_gone
            dropped_by_listener bad_requests refused_connections handler_failures
        }
        vde_port_info { port description frames_in frames_out frames_dropped frames_queued }
    }
    constants! { code:
        VDE_EV_TIMEOUT VDE_EV_READ VDE_EV_WRITE VDE_EV_PERSIST
        VDE_FRAME_MIN VDE_FRAME_MAX VDE_DESCRIPTION_MAX VDE_PORTS_MAX
        VDE_CLOSED_HANGUP VDE_CLOSED_PEER VDE_CLOSED_IDLE
        VDE_CLOSED_HANDLER VDE_CLOSED_REQUEST VDE_CLOSED_FINI
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("layout.c");
    fs::write(&file, code).unwrap();
    let include = concat!("-I", env!("CARGO_MANIFEST_DIR"), "/c");
    let output = common::compiler().args([include, "-fsyntax-only"]).arg(&file).output().unwrap();
    common::check(&output);
}
