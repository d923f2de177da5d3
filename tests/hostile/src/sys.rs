//! The headers in `c/`, by hand.

#![allow(non_camel_case_types)]

use core::ffi::{c_char, c_int, c_long, c_void};

/// A point that C passes by address.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct keeper_point {
    /// Across.
    pub x: c_int,
    /// Down.
    pub y: c_int,
}

/// C's `enum keeper_mode`.
pub type keeper_mode = u32;

/// Each callback takes the user data: last, first or in the middle.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct keeper_table {
    pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
    pub on_tick: Option<unsafe extern "C" fn(arg: *mut c_void)>,
    pub on_text: Option<unsafe extern "C" fn(text: *const c_char, arg: *mut c_void) -> c_int>,
    pub on_point:
        Option<unsafe extern "C" fn(point: *const keeper_point, arg: *mut c_void) -> *mut c_void>,
    pub on_mode: Option<unsafe extern "C" fn(mode: keeper_mode, arg: *mut c_void) -> c_int>,
    pub user_data_first: Option<unsafe extern "C" fn(arg: *mut c_void, value: c_int) -> c_int>,
    pub user_data_between:
        Option<unsafe extern "C" fn(left: c_int, arg: *mut c_void, right: c_int) -> c_int>,
}

/// No parameter leads to the host.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct keeper_plain {
    pub on_event: Option<unsafe extern "C" fn(value: c_int) -> c_int>,
    pub open: Option<unsafe extern "C" fn(value: c_int) -> *mut c_void>,
    pub close: Option<unsafe extern "C" fn(opened: *mut c_void)>,
}

/// The table carries the user data.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct keeper_object {
    pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
    pub opaque: *mut c_void,
}

/// The library writes `next` and `seen`.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct keeper_linked {
    pub version: c_int,
    pub size: usize,
    pub on_event: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int>,
    pub next: *mut keeper_linked,
    pub seen: c_long,
}

/// Handles of the host's, and a destroy notify (`c/store.h`).
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct store_table {
    pub open: Option<unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> *mut c_void>,
    pub read: Option<unsafe extern "C" fn(handle: *mut c_void, arg: *mut c_void) -> c_int>,
    pub close: Option<unsafe extern "C" fn(handle: *mut c_void, arg: *mut c_void) -> c_int>,
    pub destroy: Option<unsafe extern "C" fn(arg: *mut c_void)>,
}

/// A stream, whose `close` is the last call (`c/stream.h`).
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct stream_table {
    pub read: Option<unsafe extern "C" fn(file: *mut c_void, value: c_int) -> c_int>,
    pub close: Option<unsafe extern "C" fn(file: *mut c_void, error: *mut *const c_char) -> c_int>,
}

/// Callbacks without user data, of which `shutdown` is the last call.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct stream_hooks {
    pub note: Option<unsafe extern "C" fn(value: c_int) -> c_int>,
    pub shutdown: Option<unsafe extern "C" fn() -> c_int>,
}

/// A filter, which C passes to each of its functions (`c/filter.h`).
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct filter {
    pub version: c_int,
    pub feed: Option<filter_function>,
    pub mix:
        Option<unsafe extern "C" fn(left: c_int, filter: *const c_void, right: c_int) -> c_int>,
    pub drop: Option<unsafe extern "C" fn(filter: *mut filter) -> c_int>,
}

/// What feeds a filter.
pub type filter_function = unsafe extern "C" fn(filter: *mut filter, value: c_int) -> c_int;

/// What C links nodes by, and calls them with.
#[repr(C)]
#[derive(Debug)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct filter_link {
    pub next: *mut filter_link,
    pub seen: c_long,
}

/// A node, with its functions and its link.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct filter_node {
    pub visit: Option<unsafe extern "C" fn(link: *mut filter_link, value: c_int) -> c_int>,
    pub link: filter_link,
}

/// What is called once for each request.
pub type stream_done = Option<unsafe extern "C" fn(status: c_int, user: *mut c_void) -> c_int>;

/// Lends memory, and takes it back (`c/lender.h`).
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct lender_table {
    pub lend: Option<unsafe extern "C" fn(value: c_int, user: *mut c_void) -> *mut c_int>,
    pub take_back: Option<unsafe extern "C" fn(lent: *mut c_int, user: *mut c_void) -> c_int>,
    pub done: Option<unsafe extern "C" fn(user: *mut c_void) -> c_int>,
}

/// What a channel calls (`c/channel.h`).
pub type channel_cb = Option<unsafe extern "C" fn(value: c_int, user: *mut c_void) -> c_int>;

/// What a channel is opened with, and its copies get.
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct channel_options {
    pub callback: channel_cb,
    pub user: *mut c_void,
}

/// How a library allocates, without user data (`c/heap.h`).
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct heap_methods {
    pub allocate: Option<unsafe extern "C" fn(size: usize) -> *mut c_void>,
    pub release: Option<unsafe extern "C" fn(memory: *mut c_void)>,
    pub resize: Option<unsafe extern "C" fn(memory: *mut c_void, size: usize) -> *mut c_void>,
}

/// How a library allocates, with user data.
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct heap_allocator {
    pub allocate:
        Option<unsafe extern "C" fn(opaque: *mut c_void, count: usize, size: usize) -> *mut c_void>,
    pub release: Option<unsafe extern "C" fn(opaque: *mut c_void, memory: *mut c_void)>,
    pub opaque: *mut c_void,
}

/// A channel, or a copy of one.
#[repr(C)]
pub struct channel(());
/// Memory that is in use.
#[repr(C)]
pub struct heap(());
/// What was lent.
#[repr(C)]
pub struct lender(());
/// What a callback is about; it carries the user data (`c/carrier.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct carrier {
    pub id: c_int,
    pub user_data: *mut c_void,
}

/// The same, passed by value.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct carrier_event {
    pub value: c_int,
    pub user_data: u64,
}

/// Callbacks whose user data is in every other place than an argument of its own.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct carrier_table {
    pub on_member: Option<unsafe extern "C" fn(carrier: *mut carrier, value: c_int) -> c_int>,
    pub on_accessor: Option<unsafe extern "C" fn(carrier: *const carrier, value: c_int) -> c_int>,
    pub on_event: Option<unsafe extern "C" fn(event: carrier_event) -> c_int>,
    pub on_indirect:
        Option<unsafe extern "C" fn(user_data: *mut *mut c_void, value: c_int) -> c_int>,
    pub on_number: Option<unsafe extern "C" fn(user_data: u64, value: c_int) -> c_int>,
    pub on_signed: Option<unsafe extern "C" fn(value: c_int, user_data: i64) -> c_int>,
    pub on_id: Option<unsafe extern "C" fn(id: u32, value: c_int) -> c_int>,
}

/// A lone function that shares its user data with the next two.
pub type carrier_read_cb =
    Option<unsafe extern "C" fn(user_data: *mut c_void, value: c_int) -> c_int>;
/// The second of the lone functions.
pub type carrier_note_cb = Option<unsafe extern "C" fn(value: c_int, user_data: *mut c_void)>;
/// The third, whose user data is in its argument.
pub type carrier_seek_cb =
    Option<unsafe extern "C" fn(carrier: *mut carrier, offset: i64) -> c_int>;

/// A cursor, whose memory is C's (`c/cursor.h`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct cursor {
    pub opened: c_int,
    pub user_data: *mut c_void,
}

/// The callbacks of modules and of their cursors.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct cursor_module {
    pub open: Option<unsafe extern "C" fn(module: *mut c_void, cursor: *mut cursor) -> c_int>,
    pub next: Option<unsafe extern "C" fn(cursor: *mut cursor, step: c_int) -> c_int>,
    pub close: Option<unsafe extern "C" fn(cursor: *mut cursor) -> c_int>,
}

/// Answers a request, once (`c/asker.h`).
pub type asker_done = Option<unsafe extern "C" fn(status: c_int, cookie: *mut c_void)>;
/// Is called often, until its data is freed.
pub type asker_changed = Option<unsafe extern "C" fn(value: c_int, data: *mut c_void)>;
/// Frees the data.
pub type asker_free = Option<unsafe extern "C" fn(data: *mut c_void)>;
/// What C's functions do, too.
pub type asker_hook = Option<unsafe extern "C" fn(data: *mut c_void)>;

/// A host of requests, whose `close` is the last call.
#[repr(C)]
#[expect(missing_docs, reason = "the header names its members, and no more")]
pub struct asker_table {
    pub request: Option<
        unsafe extern "C" fn(
            value: c_int,
            done: asker_done,
            cookie: *mut c_void,
            arg: *mut c_void,
        ) -> c_int,
    >,
    pub watch: Option<
        unsafe extern "C" fn(
            value: c_int,
            changed: asker_changed,
            data: *mut c_void,
            free: asker_free,
            arg: *mut c_void,
        ) -> c_int,
    >,
    pub close: Option<unsafe extern "C" fn(arg: *mut c_void)>,
}

/// A library that waits for answers.
#[repr(C)]
pub struct asker(());
/// A table and its user data, as the library keeps them.
#[repr(C)]
pub struct keeper(());
/// User data that was registered with its destructor.
#[repr(C)]
pub struct store(());
/// A call in the background.
#[repr(C)]
pub struct keeper_job(());
/// Threads that call as fast as they can.
#[repr(C)]
pub struct keeper_hammer(());
/// A place where callbacks wait.
#[repr(C)]
pub struct keeper_door(());

#[expect(missing_docs, reason = "keeper.h says it")]
unsafe extern "C" {
    pub fn keeper_new(table: *const keeper_table, arg: *mut c_void) -> *mut keeper;
    pub fn keeper_free(keeper: *mut keeper);
    pub fn keeper_set_arg(keeper: *mut keeper, arg: *mut c_void);
    pub fn keeper_call(keeper: *mut keeper, value: c_int) -> c_int;
    pub fn keeper_call_errno(
        keeper: *mut keeper,
        value: c_int,
        before: c_int,
        after: *mut c_int,
    ) -> c_int;
    pub fn keeper_call_copy(keeper: *mut keeper, value: c_int) -> c_int;
    pub fn keeper_warm_threads(hook: Option<unsafe extern "C" fn()>);
    pub fn keeper_call_with(table: *const keeper_table, value: c_int, arg: *mut c_void) -> c_int;
    pub fn keeper_call_each(keeper: *mut keeper) -> c_int;
    pub fn keeper_call_plain(table: *const keeper_plain, value: c_int) -> c_int;
    pub fn keeper_call_object(table: *const keeper_object, value: c_int) -> c_int;
    pub fn keeper_call_and_free(table: *mut keeper_table, arg: *mut c_void, value: c_int) -> c_int;
    pub fn keeper_link(
        table: *mut keeper_linked,
        head: *mut keeper_linked,
        arg: *mut c_void,
        value: c_int,
    ) -> c_int;

    pub fn keeper_call_from_thread(keeper: *mut keeper, value: c_int) -> c_int;
    pub fn keeper_call_plain_from_thread(table: *const keeper_plain, value: c_int) -> c_int;
    pub fn keeper_call_from_threads(keeper: *mut keeper, count: c_long, value: c_int) -> c_long;
    pub fn keeper_call_at_thread_exit(keeper: *mut keeper, value: c_int) -> c_int;
    pub fn keeper_start(keeper: *mut keeper, value: c_int) -> *mut keeper_job;
    pub fn keeper_join(job: *mut keeper_job) -> c_int;
    pub fn keeper_hammer_start(keeper: *mut keeper, threads: c_int) -> *mut keeper_hammer;
    pub fn keeper_hammer_calls(hammer: *mut keeper_hammer) -> c_long;
    pub fn keeper_hammer_stop(hammer: *mut keeper_hammer, calls: *mut c_long) -> c_long;

    pub fn keeper_door_new() -> *mut keeper_door;
    pub fn keeper_door_enter(door: *mut keeper_door);
    pub fn keeper_door_await(door: *mut keeper_door, count: c_int);
    pub fn keeper_door_open(door: *mut keeper_door);
    pub fn keeper_door_free(door: *mut keeper_door);

    #[cfg(unix)]
    pub fn keeper_call_in_child(keeper: *mut keeper, value: c_int) -> c_int;
    pub fn keeper_write_in_child(address: *mut c_void) -> c_int;
    pub fn keeper_call_at_exit(keeper: *mut keeper, value: c_int);

    pub fn store_open(table: *const store_table, arg: *mut c_void, value: c_int) -> *mut c_void;
    pub fn store_read(table: *const store_table, arg: *mut c_void, handle: *mut c_void) -> c_int;
    pub fn store_close(table: *const store_table, arg: *mut c_void, handle: *mut c_void) -> c_int;
    pub fn store_destroy(table: *const store_table, arg: *mut c_void);
    pub fn store_register(
        table: *const store_table,
        arg: *mut c_void,
        destroy: unsafe extern "C" fn(arg: *mut c_void),
        fail: c_int,
        destroy_on_failure: c_int,
    ) -> *mut store;
    pub fn lender_open(table: *const lender_table, user: *mut c_void, count: c_int) -> *mut lender;
    pub fn lender_sum(lender: *const lender) -> c_int;
    pub fn lender_borrow(lender: *mut lender, value: c_int) -> c_int;
    pub fn lender_give_back(lender: *mut lender) -> c_int;
    pub fn lender_give_back_twice(lender: *mut lender) -> c_int;
    pub fn lender_give_back_at_thread_exit(lender: *mut lender) -> c_int;
    pub fn lender_give_back_at_exit(lender: *mut lender, sum: c_int);
    pub fn lender_give_all_back(lender: *mut lender, threads: c_int) -> c_int;
    pub fn lender_close(lender: *mut lender) -> c_int;
    pub fn lender_finish(lender: *mut lender) -> c_int;
    pub fn asker_new(table: *const asker_table, arg: *mut c_void) -> *mut asker;
    pub fn asker_request(asker: *mut asker, value: c_int) -> c_int;
    pub fn asker_request_on_thread(asker: *mut asker, value: c_int) -> c_int;
    pub fn asker_watch(asker: *mut asker, value: c_int) -> c_int;
    pub fn asker_close(asker: *mut asker);
    pub fn asker_forget(asker: *mut asker);
    pub fn asker_during(asker: *mut asker, during: asker_hook, data: *mut c_void);
    pub fn asker_answered(asker: *mut asker) -> c_int;
    pub fn asker_status(asker: *mut asker) -> c_int;
    pub fn asker_changes(asker: *mut asker) -> c_int;
    pub fn asker_freed(asker: *mut asker) -> c_int;
    pub fn channel_configure(options: *const channel_options);
    pub fn channel_open(options: *const channel_options) -> *mut channel;
    pub fn channel_dup(channel: *const channel) -> *mut channel;
    pub fn channel_query(channel: *const channel, value: c_int) -> c_int;
    pub fn channel_close(channel: *mut channel);
    pub fn heap_open(methods: *const heap_methods) -> *mut heap;
    pub fn heap_grow(heap: *mut heap) -> c_int;
    pub fn heap_close(heap: *mut heap);
    pub fn heap_use(methods: *const heap_methods) -> c_int;
    pub fn heap_use_allocator(allocator: *const heap_allocator) -> c_int;
    pub fn stream_read(table: *const stream_table, file: *mut c_void, value: c_int) -> c_int;
    pub fn stream_close(table: *const stream_table, file: *mut c_void) -> c_int;
    pub fn stream_close_on_thread(table: *const stream_table, file: *mut c_void) -> c_int;
    pub fn stream_close_at_once(table: *const stream_table, file: *mut c_void) -> c_int;
    pub fn stream_note(hooks: *const stream_hooks, value: c_int) -> c_int;
    pub fn stream_shutdown(hooks: *const stream_hooks) -> c_int;
    pub fn stream_complete(done: stream_done, status: c_int, user: *mut c_void) -> c_int;
    pub fn stream_complete_on_thread(done: stream_done, status: c_int, user: *mut c_void) -> c_int;
    pub fn stream_complete_at_once(done: stream_done, status: c_int, user: *mut c_void) -> c_int;
    pub fn stream_complete_often(
        done: stream_done,
        status: c_int,
        user: *mut c_void,
        threads: c_int,
        calls: c_int,
    ) -> c_int;
    pub fn filter_feed(filter: *mut filter, value: c_int) -> c_int;
    pub fn filter_mix(filter: *const filter, left: c_int, right: c_int) -> c_int;
    pub fn filter_drop(filter: *mut filter) -> c_int;
    pub fn filter_feed_on_thread(filter: *mut filter, value: c_int) -> c_int;
    pub fn filter_drop_on_thread(filter: *mut filter) -> c_int;
    pub fn filter_drop_at_once(filter: *mut filter) -> c_int;
    pub fn filter_feed_often(
        filter: *mut filter,
        value: c_int,
        threads: c_int,
        calls: c_int,
    ) -> c_int;
    pub fn filter_feed_as(filter: *const filter, other: *mut c_void, value: c_int) -> c_int;
    pub fn filter_feed_copy(filter: *const filter, value: c_int) -> c_int;
    pub fn filter_keep(filter: *const filter) -> filter_function;
    pub fn filter_call(feed: filter_function, filter: *mut filter, value: c_int) -> c_int;
    pub fn filter_push(node: *mut filter_node, list: *mut filter_link) -> *mut filter_link;
    pub fn filter_walk(list: *mut filter_link, value: c_int) -> c_int;
    pub fn filter_visit(node: *mut filter_node, value: c_int) -> c_int;
    pub fn filter_underrun(node: *mut filter_node, word: usize) -> usize;
    pub fn carrier_new(user_data: *mut c_void) -> *mut carrier;
    pub fn carrier_free(carrier: *mut carrier);
    pub fn carrier_set_user_data(carrier: *mut carrier, user_data: *mut c_void);
    pub fn carrier_user_data(carrier: *const carrier) -> *mut c_void;
    pub fn carrier_call_member(
        table: *const carrier_table,
        carrier: *mut carrier,
        value: c_int,
    ) -> c_int;
    pub fn carrier_call_accessor(
        table: *const carrier_table,
        carrier: *mut carrier,
        value: c_int,
    ) -> c_int;
    pub fn carrier_call_event(
        table: *const carrier_table,
        user_data: *mut c_void,
        value: c_int,
    ) -> c_int;
    pub fn carrier_call_indirect(
        table: *const carrier_table,
        user_data: *mut c_void,
        value: c_int,
    ) -> c_int;
    pub fn carrier_call_number(
        table: *const carrier_table,
        user_data: *mut c_void,
        value: c_int,
    ) -> c_int;
    pub fn carrier_call_signed(
        table: *const carrier_table,
        user_data: *mut c_void,
        value: c_int,
    ) -> c_int;
    pub fn carrier_call_id(table: *const carrier_table, id: u32, value: c_int) -> c_int;
    pub fn carrier_call_often(
        table: *const carrier_table,
        carrier: *mut carrier,
        threads: c_int,
        calls: c_int,
    ) -> c_int;
    pub fn carrier_read(read: carrier_read_cb, user_data: *mut c_void, value: c_int) -> c_int;
    pub fn carrier_note(note: carrier_note_cb, user_data: *mut c_void, value: c_int);
    pub fn carrier_seek(seek: carrier_seek_cb, carrier: *mut carrier, offset: i64) -> c_int;
    pub fn cursor_open(functions: *const cursor_module, module: *mut c_void) -> *mut cursor;
    pub fn cursor_open_or_close(
        functions: *const cursor_module,
        module: *mut c_void,
    ) -> *mut cursor;
    pub fn cursor_next(functions: *const cursor_module, cursor: *mut cursor, step: c_int) -> c_int;
    pub fn cursor_close(functions: *const cursor_module, cursor: *mut cursor) -> c_int;
    pub fn cursor_close_on_thread(functions: *const cursor_module, cursor: *mut cursor) -> c_int;
    pub fn cursor_free(cursor: *mut cursor);
    pub fn store_use(store: *mut store, value: c_int) -> c_int;
    pub fn store_unregister(store: *mut store, times: c_int);
    pub fn store_unregister_on_thread(store: *mut store, times: c_int);
}
