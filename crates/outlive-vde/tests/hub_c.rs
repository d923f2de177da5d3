//! The C library's own tests, in C: each runs in a process of its own, plain and with the sanitizers.
#![cfg(feature = "hub")]

mod common;

use std::{path::PathBuf, process::Command, sync::LazyLock};

/// With the address and undefined-behaviour sanitizers, where the compiler has them.
static SANITIZED: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    common::build("hub_test_sanitized", &common::hub_sources(), &flags).ok()
});

fn run(program: &PathBuf, test: &str) {
    common::check(&Command::new(program).arg(test).output().unwrap());
}

macro_rules! tests_in_c {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        mod plain {
            $(#[test]
            fn $name() {
                super::run(&super::common::HUB, stringify!($name));
            })*
        }

        mod sanitized {
            $(#[test]
            fn $name() {
                match &*super::SANITIZED {
                    Some(program) => super::run(program, stringify!($name)),
                    None => eprintln!("skipped: the C compiler has no sanitizers"),
                }
            })*
        }
    };
}

tests_in_c! {
    frames_reach_all_other_ports
    ports_are_numbered_and_described
    a_port_can_be_asked_for_by_number
    a_request_may_come_in_pieces
    bad_requests_are_counted_and_hung_up
    half_a_request_then_death
    two_plugs_with_one_path
    one_read_for_each_frame_at_low_load
    frames_of_bad_length_are_counted
    a_peer_that_never_reads_is_bounded
    a_full_queue_is_sent_when_read
    a_dead_data_socket_closes_its_port
    dead_peers_raise_no_signal
    unfinished_handshakes_age
    quiet_ports_stay_unless_told
    ports_are_bounded
    out_of_descriptors_pauses_and_resumes
    init_refuses_null_members
    the_table_is_kept_not_copied
    limits_are_checked
    paths_that_are_too_long
    directories_that_cannot_be
    stale_ctl_is_replaced
    a_live_hub_is_not_replaced
    fini_removes_what_it_made
    fini_leaves_what_it_did_not_make
    two_contexts_in_one_process
    every_token_is_deleted_once
    fini_inside_every_kind_of_callback
    fini_inside_the_handler
    listener_hears_and_drops
    listener_removes_itself
    a_listener_closes_ports_on_the_way
    every_add_may_fail
}

#[test]
fn no_test_is_forgotten_here() {
    let output = Command::new(&*common::HUB).arg("--list").output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(listed.lines().collect::<Vec<_>>(), NAMES);
}
