/*
 * outlive.h: callback tables that outlive whatever C does with them.
 *
 * A C library takes a struct of function pointers and keeps the pointer. With this library the struct,
 * the callback table, lives as long as C needs it, and the host that serves it may end it at any
 * moment, from any thread: a call that comes later is refused and reported, and reaches nobody.
 *
 * A host in C, or of a language that C calls into, does this:
 *
 *  1. outlive_describe, once for each kind of table: the struct's members, and the struct filled with
 *     trampolines. A trampoline is a C function like
 *
 *         static int on_line(int fd, const char *line, void *arg)
 *         {
 *             struct outlive_pass pass;
 *             if (!outlive_enter(type, 0, arg, &pass))
 *                 return -1;                             // refused, and reported already
 *             int result = serve(pass.value, fd, line);  // any code
 *             outlive_leave(&pass);
 *             return result;
 *         }
 *
 *     Where C passes the table itself, it calls outlive_enter_table, and where C passes nothing, outlive_enter_instance. The
 *     pass says why C gets another result than the host's (pass.unserved). Behind C's last call comes outlive_last_call.
 *
 *  2. outlive_hold: a value, which is a number of the host's, and a function that is called once when the
 *     value is let go. The C library gets outlive_table, and outlive_user_data where it takes a void *.
 *  3. outlive_revoke ends it; outlive_release gives all memory back once the C library has forgotten
 *     the table.
 *
 * Threads: each function may be called on any thread, and from inside callbacks, unless it says otherwise.
 *
 * Ownership: what a function takes it copies, unless it says otherwise. An outlive_held, outlive_tokens or
 * outlive_loop is not an address but a number that is never used twice: one that was given back before, on
 * another thread too, is recognised and refused. User data and tokens are numbers too. User data is higher than any
 * address (2^63 at least), so that a collector that follows pointers (Go's) takes no notice of it; tokens may look like
 * addresses, and are to be kept as integers there.
 *
 * Errors: NULL, a number that means nothing and a pointer that is not aligned are errors with a name. Functions
 * that return a status return OUTLIVE_OK (0) or one of the codes below. Nothing unwinds out of a
 * function; a C++ exception out of one of the host's functions ends the process.
 *
 * OUTLIVE_ON_INCIDENT=abort in the environment ends the process at the first incident.
 */


#ifndef OUTLIVE_H
#define OUTLIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A struct outlive_member of the C struct `type`: its name, what it is to the table, where and how long it is.
#define OUTLIVE_MEMBER(type, member, kind) \
    {#member, kind, offsetof(type, member), sizeof(((type *)0)->member)}

// It was done.
#define OUTLIVE_OK 0

// An argument is NULL, not aligned, or none of the values that there are.
#define OUTLIVE_BAD_ARGUMENT 1

// All instances of a context-free table are taken: release some, or describe it with more templates.
#define OUTLIVE_NO_INSTANCE_LEFT 2

// All slots are taken: release some tables.
#define OUTLIVE_NO_SLOT_LEFT 3

// The system gave no memory.
#define OUTLIVE_NO_MEMORY 4

// The table has ended: create a new one.
#define OUTLIVE_CLOSED 5

// A call is inside the exclusive table: try again later.
#define OUTLIVE_BUSY 6

// The outlive_held, outlive_tokens or outlive_loop was given back before, or never was one.
#define OUTLIVE_NOT_HELD 7

// It belongs to another thread.
#define OUTLIVE_WRONG_THREAD 8

// Such a table cannot do that.
#define OUTLIVE_UNSUPPORTED 9

// The token is not a live one of these.
#define OUTLIVE_BAD_TOKEN 10

// A system call failed: errno says why. On Windows errno is EIO, and GetLastError says why.
#define OUTLIVE_SYSTEM 11

// The loop runs already: return from the callback, it goes on by itself.
#define OUTLIVE_RUNNING 12

// A defect of this library: nothing can be said of what was done.
#define OUTLIVE_INTERNAL 13

// More threads use tables than can have OUTLIVE_LOCAL ones: let some end.
#define OUTLIVE_NO_RECORD_LEFT 14

// A function pointer of the struct, behind which there is a trampoline, or NULL.
#define OUTLIVE_CALLBACK 0

// A member that the template sets, such as a version or a size.
#define OUTLIVE_CONSTANT 1

// A member that the C library writes: the table is then writable, and watched.
#define OUTLIVE_WRITTEN_BY_C 2

// A member, as long as a pointer, that carries the user data of the registration.
#define OUTLIVE_USER_DATA 3

// A function pointer that C calls with the user data when it has used that for the last time.
#define OUTLIVE_DESTROY_NOTIFY 4

// As OUTLIVE_CALLBACK; C takes back by it what it was lent. With OUTLIVE_KEEP it is served until the release.
#define OUTLIVE_TAKES_BACK 5

// As OUTLIVE_TAKES_BACK; C uses the table no more after it: its trampoline calls outlive_last_call at the end.
#define OUTLIVE_LAST 6

// Count the calls that are served, for the ledger. All threads that call share the count, which costs more
// than the rest of a call.
#define OUTLIVE_COUNT 1

// C passes no user data: there is one template for each table that can be held at the same time, and each
// has trampolines of its own, which call outlive_enter_instance.
#define OUTLIVE_CONTEXT_FREE 2

// End the process when outlive_panicked is called.
#define OUTLIVE_ABORT_ON_PANIC 4

// Let a value go only when its table is released, or C has called the destroy notify or made its last call: C goes on
// using memory of the value's after the end.
#define OUTLIVE_KEEP 8

// C passes the address of the table itself: each that is held has a table of its own, and its trampolines call
// outlive_enter_table. C must not move or copy it.
#define OUTLIVE_BY_ADDRESS 16

// C gets the host's result.
#define OUTLIVE_SERVED 0

// The call was refused: the table has ended, or is ending.
#define OUTLIVE_LATE 1

// The call was refused for another reason: the table belongs to another thread, is exclusive and another call is inside, or
// nothing that C passed leads to a table of this type.
#define OUTLIVE_REFUSED 2

// outlive_bad_argument was called.
#define OUTLIVE_BAD_CALL 3

// outlive_panicked was called.
#define OUTLIVE_PANICKED 4

// Any thread may call, several at the same time.
#define OUTLIVE_SHARED 0

// Any thread may call, one at a time: a call that comes while another is inside is refused.
#define OUTLIVE_EXCLUSIVE 1

// Only the thread that holds may call.
#define OUTLIVE_LOCAL 2

// The value has been let go: no callback is running, and none will start.
#define OUTLIVE_ENDED_NOW 0

// Calls are inside; no new one is let in, and the value is let go when the last one leaves.
#define OUTLIVE_ENDED_LATER 1

// No call is inside but those that take back (OUTLIVE_TAKES_BACK), which go on to be served; the value is let go when
// the table is released, or C has called its destroy notify (OUTLIVE_KEEP).
#define OUTLIVE_ENDED_SERVING 2

// A call after the table's end.
#define OUTLIVE_LATE_CALL 0

// A call from another thread into a table that is OUTLIVE_LOCAL.
#define OUTLIVE_CALL_FROM_WRONG_THREAD 1

// A concurrent or re-entrant call into a table that is OUTLIVE_EXCLUSIVE.
#define OUTLIVE_CONCURRENT_CALL 2

// The host panicked: outlive_panicked.
#define OUTLIVE_PANIC 3

// A token that is not live where it was looked for.
#define OUTLIVE_TOKEN_NOT_LIVE 4

// An argument that the host does not admit, user data that no table ever had, or that of another type's table.
#define OUTLIVE_ARGUMENT_REFUSED 5

// A member of a table is not what was given to C.
#define OUTLIVE_ALTERED_TABLE 6

// All instances of a context-free table are taken.
#define OUTLIVE_INSTANCES_TAKEN 7

// A table that was never released.
#define OUTLIVE_NEVER_RELEASED 8

// A close waits for a call that has been inside for a second or more.
#define OUTLIVE_SLOW_CLOSE 9

// The system forbade the barrier that a close needs: the value is kept for good.
#define OUTLIVE_BARRIER_LOST 10

// A thread ended while it was inside a call: the value is kept for good.
#define OUTLIVE_THREAD_GONE 11

// Room for the counts of the kinds of incident: more than there are.
#define OUTLIVE_INCIDENT_KINDS 16

// Calls are let in.
#define OUTLIVE_LIVE 0

// Calls are refused, and the value has not been let go yet.
#define OUTLIVE_ENDING 1

// The value has been let go. The slot is reserved, for the table was not released.
#define OUTLIVE_ENDED 2

// The value is kept for good.
#define OUTLIVE_KEPT 3

// Calls are refused but those that take back; the value is let go with the release (OUTLIVE_KEEP).
#define OUTLIVE_SERVING 4

// The member is what was given to C.
#define OUTLIVE_INTACT 0

// Somebody has written the member.
#define OUTLIVE_ALTERED 1

// The member is the C library's to write, and may be anything.
#define OUTLIVE_ANYTHING 2

// A registration that the host owns: a value, held as a callback table. It is not an address but a number,
// which is never used twice.
typedef struct outlive_held outlive_held;

// An event loop. It belongs to the thread that made it, and ends with that thread. It is not an address but a
// number.
typedef struct outlive_loop outlive_loop;

// A way into C by what C has passed to one call, a completion's function and cookie for example. It is not an address but a
// number, which is never used twice.
typedef struct outlive_outgoing outlive_outgoing;

// Values of the host's, behind the tokens that C has. It is not an address but a number.
//
// A token is a number that is never NULL, never an address and never used twice. One that was removed before,
// that was invented, or that belongs to other outlive_tokens finds nothing, and is reported. Any thread may
// use them; a lock is held meanwhile.
typedef struct outlive_tokens outlive_tokens;

// A described table type. It lives as long as the process, and any thread may use it.
typedef struct outlive_type outlive_type;

// A member of the C struct.
typedef struct outlive_member {
    // Its name.
    const char *name;
    // What it is to the table: OUTLIVE_CALLBACK or another.
    uint32_t kind;
    // Where it begins, in bytes: offsetof.
    size_t offset;
    // How long it is, in bytes: sizeof.
    size_t size;
} outlive_member;

// What there is to say of a table type.
typedef struct outlive_description {
    // sizeof(struct outlive_description), so that it can grow.
    size_t description_size;
    // The C struct's name, for the ledger and for incidents.
    const char *table;
    // The name of the host's type, for the same.
    const char *host;
    // sizeof the C struct.
    size_t size;
    // Its alignment: _Alignof.
    size_t align;
    // The members that matter; the callbacks come first, and are numbered from 0.
    const struct outlive_member *members;
    // How many there are.
    size_t member_count;
    // The struct as C is to get it, filled with trampolines: one, or with OUTLIVE_CONTEXT_FREE one for each
    // instance.
    const void *const *templates;
    // How many there are.
    size_t template_count;
    // OUTLIVE_COUNT, OUTLIVE_CONTEXT_FREE, OUTLIVE_ABORT_ON_PANIC, OUTLIVE_KEEP and OUTLIVE_BY_ADDRESS, or'ed.
    uint32_t flags;
} outlive_description;

// A call, on the stack of its trampoline.
typedef struct outlive_pass {
    // The value that is held.
    uintptr_t value;
    // Why C gets another result than the host's: OUTLIVE_SERVED or another.
    uintptr_t unserved;
    // The library's own.
    uintptr_t state[6];
} outlive_pass;

// A text without a NUL at its end, which lives as long as the process: print it with "%.*s".
typedef struct outlive_text {
    // The text, in UTF-8.
    const char *text;
    // How many bytes it has.
    size_t length;
} outlive_text;

// A line in a source file. Where there is none all is 0.
typedef struct outlive_place {
    // The file.
    struct outlive_text file;
    // The line, from 1; 0 where it is not known.
    uint32_t line;
    // The column, from 1; 0 where it is not known.
    uint32_t column;
} outlive_place;

// A table of the ledger.
typedef struct outlive_entry {
    // The table's number: outlive_id.
    uint64_t id;
    // The C struct's name.
    struct outlive_text table;
    // The host type's name.
    struct outlive_text host;
    // The line that made it.
    struct outlive_place created;
    // The line that ended it, where an explicit call did.
    struct outlive_place ended;
    // OUTLIVE_LIVE, OUTLIVE_ENDING, OUTLIVE_ENDED, OUTLIVE_KEPT or OUTLIVE_SERVING.
    uint32_t state;
    // Whether it was leaked on purpose.
    bool leaked;
    // Whether the served calls are counted.
    bool counts_served;
    // The calls inside.
    uint64_t in_flight;
    // The calls that were refused.
    uint64_t refused;
    // The panics of the host.
    uint64_t panicked;
    // The calls that were let in, where they are counted.
    uint64_t served;
    // The bytes of a copy of the table of its own.
    uint64_t table_bytes;
    // The incidents of this table, by kind: OUTLIVE_LATE_CALL and so on.
    uint32_t incidents[OUTLIVE_INCIDENT_KINDS];
} outlive_entry;

// A member of a table that C has.
typedef struct outlive_member_state {
    // The member's name.
    struct outlive_text name;
    // OUTLIVE_CALLBACK or another.
    uint32_t kind;
    // OUTLIVE_INTACT, OUTLIVE_ALTERED or OUTLIVE_ANYTHING.
    uint32_t state;
    // What it holds: a callback's address, or the first eight bytes of another member.
    uintptr_t value;
} outlive_member_state;

// Something that C or the host did, and that would have been undefined behaviour elsewhere.
typedef struct outlive_incident {
    // OUTLIVE_LATE_CALL or another.
    uint32_t kind;
    // Which one of its kind and table this is, from 1.
    uint32_t count;
    // The table's number, or 0 where the table is not known.
    uint64_t id;
    // The C struct's name, or that of the tokens.
    struct outlive_text table;
    // The callback's name, or "".
    struct outlive_text callback;
    // The line that made the table, where that is known.
    struct outlive_place created;
    // The line that ended the table, where an explicit call did.
    struct outlive_place ended;
    // The kernel's number of the thread it happened on.
    uint32_t thread;
    // What there is to say beyond the kind, or "". It ends with a NUL.
    char detail[100];
} outlive_incident;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Says a status in words, without a newline. The text lives as long as the process.
//
// A negative status, as outlive_revoke returns it, is said as its positive is.
const char *outlive_status_text(int status);

// The version of the library, such as "0.1.0". The text lives as long as the process.
const char *outlive_version(void);

// Describes a table type, for as long as the process lives, and puts it into *type.
//
// All of the description is copied. C gets tables in memory that nobody can write, unless a member is
// OUTLIVE_WRITTEN_BY_C. The object that has the trampolines stays loaded from here on, whoever
// calls dlclose. Describe a type once: another description, of the same struct too, is another type.
//
// Errors: OUTLIVE_BAD_ARGUMENT, and a line on stderr that says why; OUTLIVE_NO_MEMORY.
//
// The caller promises:
//
// The pointers are NULL or valid, with as many elements as the counts say; each template is valid for
// `size` bytes. The trampolines enter for this type, with their callback's number.
int outlive_describe(const struct outlive_description *description,
                     const struct outlive_type **type);

// Lets C's call in. A trampoline calls this first, with its callback's number and the user data that C
// passed, whatever that is.
//
// True: the call is inside; the value lives until outlive_leave, which must be called for *pass, on this
// thread or on another. False: the call was refused, counted and reported, and the trampoline returns what
// tells C of a failure: the table has ended, it belongs to another thread, it is exclusive and
// another call is inside, or the user data is not that of a live table of this type. pass->unserved says which.
//
// It neither locks nor allocates, and writes to no memory that other threads write to, but where the table is
// OUTLIVE_EXCLUSIVE or its type OUTLIVE_COUNT, and what a refusal reports. errno stays as it is.
//
// The caller promises:
//
// `type` is NULL or came from outlive_describe. `pass` is NULL or writable.
bool outlive_enter(const struct outlive_type *type,
                   uint32_t callback,
                   void *user_data,
                   struct outlive_pass *pass);

// As outlive_enter, for the instance of a context-free table that the trampoline belongs to: the number of
// the template, from 0.
//
// The caller promises:
//
// As for outlive_enter.
bool outlive_enter_instance(const struct outlive_type *type,
                            uint32_t callback,
                            uint32_t instance,
                            struct outlive_pass *pass);

// As outlive_enter, for a table that is OUTLIVE_BY_ADDRESS: C passes the address of the table itself, whatever that is. An
// address at which no table begins is refused and reported, and nothing is read there.
//
// The caller promises:
//
// As for outlive_enter.
bool outlive_enter_table(const struct outlive_type *type,
                         uint32_t callback,
                         const void *table,
                         struct outlive_pass *pass);

// Lets a call out. The value may be let go by this, on this thread, where the table was ended meanwhile.
//
// A pass that was not filled by outlive_enter, or that has left, is left alone, if it was refused or all its
// bytes are 0. pass->value and pass->unserved stay as they are, and so does errno.
//
// The caller promises:
//
// `pass` is NULL or one that outlive_enter was called for.
void outlive_leave(struct outlive_pass *pass);

// Counts and reports a panic, or an exception, that the host kept from C's frames; `message` has `length`
// bytes. Call it before outlive_leave, and return to C what tells it of a failure: pass->unserved says from here on that it
// is to. It does not return where the type was described with OUTLIVE_ABORT_ON_PANIC.
//
// The caller promises:
//
// `pass` is as for outlive_leave. `message` is NULL or has `length` bytes.
void outlive_panicked(struct outlive_pass *pass,
                      const char *message,
                      size_t length);

// Counts and reports an argument of C's, numbered from 0, that the host does not admit. Call it before
// outlive_leave, and return to C what tells it of a failure: pass->unserved says from here on that it is to.
//
// The caller promises:
//
// `pass` is as for outlive_leave. `reason` is NULL or ends with a NUL.
void outlive_bad_argument(struct outlive_pass *pass,
                          uint32_t argument,
                          const char *reason);

// Says that C has made its last call: what the trampoline of a callback that is OUTLIVE_LAST calls when it has called
// outlive_leave, or when its call was refused, with the same pass. C's claim is over, however the call went: the value is let
// go here, or when the last call inside has left, and a table that was handed over is given back.
//
// A second last call is refused as late before it comes here; of two at the same time the second one is reported. A
// callback that is not OUTLIVE_LAST is reported, and nothing else is done. errno stays as it is.
//
// The caller promises:
//
// `type` is NULL or came from outlive_describe. `pass` is NULL or one that outlive_enter, outlive_enter_instance or
// outlive_enter_table was called for with this type. C calls no other callback of the table after this one; where C passes
// no user data it does not read the table either, for both may belong to another registration.
void outlive_last_call(const struct outlive_type *type,
                       uint32_t callback,
                       const struct outlive_pass *pass);

// Ends a table that was handed over: what the trampoline of a destroy notify calls, with the user data that
// C passed, whatever that is. A notice that comes a second time is reported and does nothing.
//
// The caller promises:
//
// `type` is NULL or came from outlive_describe.
void outlive_destroy_notify(const struct outlive_type *type,
                            void *user_data);

// Holds a value as a table, and puts its owner into *held.
//
// `end` may be NULL. Else it is called once with `value` when that is let go: by whoever ends the table, on
// that thread; or on that of the last call to leave; with OUTLIVE_LOCAL on the thread that called this, and
// not at all if that has gone by then. It may call this library, and must not wait for callbacks of other
// threads. `file` and `line` are those that the ledger and incidents name; `file` may be NULL.
//
// Errors, after which the value is the caller's and `end` is not called: OUTLIVE_BAD_ARGUMENT,
// OUTLIVE_NO_INSTANCE_LEFT, OUTLIVE_NO_SLOT_LEFT, OUTLIVE_NO_MEMORY.
//
// The caller promises:
//
// `type` is NULL or came from outlive_describe. `file` is NULL or ends with a NUL. `held` is NULL or
// writable.
int outlive_hold(const struct outlive_type *type,
                 uintptr_t value,
                 void (*end)(uintptr_t value),
                 uint32_t kind,
                 const char *file,
                 uint32_t line,
                 struct outlive_held **held);

// The table, for C. It never moves, and is valid until outlive_release. NULL where `held` is none.
void *outlive_table(const struct outlive_held *held);

// The user data for C to pass. It is a number, higher than any address, and never NULL; NULL is what this returns where
// C passes none, for the table is OUTLIVE_CONTEXT_FREE or OUTLIVE_BY_ADDRESS, or where `held` is none.
void *outlive_user_data(const struct outlive_held *held);

// The table's number in the ledger and in incidents, which no two tables of a process share. 0 where `held` is
// none.
uint64_t outlive_id(const struct outlive_held *held);

// Ends the table: new calls are refused, and the value is let go. The memory that C can reach stays valid, and
// `held` is the caller's still.
//
// From outside it waits for the calls inside and returns OUTLIVE_ENDED_NOW; a wait of more than a second is
// reported. From inside any callback it does not wait, and returns OUTLIVE_ENDED_LATER if calls are still
// inside.
//
// Errors are the negative of a status: -OUTLIVE_BAD_ARGUMENT (NULL), -OUTLIVE_NOT_HELD.
//
// The caller promises:
//
// `file` is NULL or ends with a NUL.
int outlive_revoke(const struct outlive_held *held,
                   const char *file,
                   uint32_t line);

// As outlive_revoke, but waits for at most so many nanoseconds, also from inside a callback, except where the
// caller itself is inside this table, which no wait could change.
//
// The caller promises:
//
// As for outlive_revoke.
int outlive_revoke_timeout(const struct outlive_held *held,
                           uint64_t nanoseconds,
                           const char *file,
                           uint32_t line);

// As outlive_revoke for each of `count` tables, with one barrier and one look at the threads for all. It
// returns OUTLIVE_ENDED_NOW if it is so for each, else OUTLIVE_ENDED_LATER if one is, else OUTLIVE_ENDED_SERVING.
//
// Errors: -OUTLIVE_BAD_ARGUMENT; -OUTLIVE_NOT_HELD where one of them is none: the others are ended.
//
// The caller promises:
//
// `held` is NULL or has `count` elements. `file` is NULL or ends with a NUL.
int outlive_revoke_all(struct outlive_held *const *held,
                       size_t count,
                       const char *file,
                       uint32_t line);

// Ends the table as outlive_revoke does, and gives all that it took back, `held` too. Where it does not wait,
// the rest is done when the last call has left.
//
// Errors: those of outlive_revoke. A second release is one: it returns -OUTLIVE_NOT_HELD and changes
// nothing.
//
// The caller promises:
//
// C has forgotten the table and the user data: nobody reads or calls them any more. A binding calls this when
// the C library's own close function has returned. `file` is NULL or ends with a NUL.
int outlive_release(struct outlive_held *held,
                    const char *file,
                    uint32_t line);

// Ends the table without waiting, and gives `held` back. C may go on calling: what it can reach stays valid,
// so that a small slot stays reserved, and the ledger names it. NULL, and what is none, is left alone.
void outlive_drop(struct outlive_held *held);

// Keeps table and value for as long as the process lives, and gives `held` back. The ledger says that it was
// done on purpose.
//
// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD; OUTLIVE_CLOSED where the table has ended, and `held`
// is given back nevertheless.
int outlive_leak(struct outlive_held *held);

// A copy of the table in memory from malloc, for a C library that will call free. It is the caller's, and never
// read or written again by this library; the registration lives on as with outlive_table. NULL where there
// is no memory, where a copy would lead to no value, for the table is OUTLIVE_BY_ADDRESS, or where `held` is none.
void *outlive_to_malloc(const struct outlive_held *held);

// Gives `held` to C, whose destroy notify or last call (OUTLIVE_LAST) ends the table, once: call it when the C library has
// taken table and user data. Where C has nothing but user data and read-only memory, the notice gives the slot back too.
//
// A C library that refused the table may have called the destroy notify all the same: then
// outlive_was_notified says so, and this is called nevertheless; else `held` is the caller's still.
//
// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD; OUTLIVE_UNSUPPORTED where C has nothing to end it by, and `held` stays
// the caller's: the table is OUTLIVE_CONTEXT_FREE or OUTLIVE_BY_ADDRESS, and none of its callbacks is OUTLIVE_LAST.
int outlive_hand_over(struct outlive_held *held);

// Whether C has called the destroy notify, or has made its last call. False where `held` is none.
bool outlive_was_notified(const struct outlive_held *held);

// Lets the host's own side in, as outlive_enter lets C's calls in: until outlive_leave the value lives, and in
// an exclusive table nobody else is inside.
//
// Errors, which are not reported and after which there is nothing to leave: OUTLIVE_BAD_ARGUMENT,
// OUTLIVE_NOT_HELD, OUTLIVE_CLOSED, OUTLIVE_BUSY, OUTLIVE_WRONG_THREAD; OUTLIVE_UNSUPPORTED where
// the value is the library's own.
//
// The caller promises:
//
// `pass` is NULL or writable.
int outlive_with(const struct outlive_held *held,
                 struct outlive_pass *pass);

// Lists every table that is alive or kept: fills at most `capacity` elements of `entries`, each `entry_size` =
// sizeof(struct outlive_entry) long, and returns how many tables there are. `entries` may be NULL.
//
// It stands in each table for a moment as a call does, so that a close that does not wait may find somebody
// inside.
//
// The caller promises:
//
// `entries` is NULL or writable for `capacity` elements.
size_t outlive_ledger(struct outlive_entry *entries,
                      size_t capacity,
                      size_t entry_size);

// The ledger as a text with a line for each table, which the caller frees with outlive_free. NULL where there is
// no memory.
char *outlive_ledger_text(void);

// Reads the members of the table that were described: fills at most `capacity` elements of `members`, each
// `member_size` = sizeof(struct outlive_member_state) long, and returns how many there are; 0 where `held` is
// none. A member that is not what was given to C is an incident, OUTLIVE_ALTERED_TABLE.
//
// The caller promises:
//
// `members` is NULL or writable for `capacity` elements.
size_t outlive_inspect(const struct outlive_held *held,
                       struct outlive_member_state *members,
                       size_t capacity,
                       size_t member_size);

// What outlive_inspect reads, as a text with a line for each member and the symbols that the dynamic linker
// knows, which the caller frees with outlive_free. NULL where `held` is none or there is no memory.
char *outlive_inspect_text(const struct outlive_held *held);

// Takes incidents that nobody has seen, oldest first: fills at most `capacity` elements of `incidents`, each
// `incident_size` = sizeof(struct outlive_incident) long, and returns how many it filled. At most 256 wait; what
// comes on top is counted by outlive_missed_incidents.
//
// The caller promises:
//
// `incidents` is NULL or writable for `capacity` elements.
size_t outlive_take_incidents(struct outlive_incident *incidents,
                              size_t capacity,
                              size_t incident_size);

// Has `hook` called with each incident and with `arg`, on the host's side only: on a thread that makes, ends or
// lists a table, or calls outlive_deliver_incidents. It replaces the hook before it; `arg` must stay valid for
// good. The incident is valid during the call. The hook may use this library. With NULL for a hook incidents
// are forgotten.
//
// The caller promises:
//
// `hook` may be called with `arg` on any thread, for as long as the process lives.
void outlive_on_incident(void (*hook)(const struct outlive_incident *incident, void *arg),
                         void *arg);

// Calls the hook of outlive_on_incident with the incidents that it has not seen.
void outlive_deliver_incidents(void);

// How many incidents found no room to wait in, since the process began.
uint64_t outlive_missed_incidents(void);

// Frees a text that this library gave away. NULL is left alone.
//
// The caller promises:
//
// It came from a function that says so, and was not freed before.
void outlive_free(char *text);

// Makes *outgoing, for what C has passed to the call that `pass` is of: call it before outlive_leave. It keeps the table's
// slot, though not the value, until outlive_outgoing_free.
//
// Errors: OUTLIVE_BAD_ARGUMENT, also where the pass was refused or has left.
//
// The caller promises:
//
// `pass` is as for outlive_leave. `outgoing` is NULL or writable.
int outlive_outgoing_new(const struct outlive_pass *pass,
                         struct outlive_outgoing **outgoing);

// Runs call(arg), which may call C by what C has passed, on this thread, as a call that is inside: a release on another
// thread, or a revoke, waits for it, and one from inside of it does not wait. Any thread may do it, several at once, and as
// often as C allows, whatever has become of the value.
//
// Errors, after which `call` was not run: OUTLIVE_BAD_ARGUMENT; OUTLIVE_CLOSED where the table was released, so that C
// has forgotten what it passed; OUTLIVE_NOT_HELD where `outgoing` was freed, or never was one.
//
// The caller promises:
//
// `call` may be called with `arg`, on this thread.
int outlive_outgoing_call(struct outlive_outgoing *outgoing,
                          void (*call)(uintptr_t arg),
                          uintptr_t arg);

// Gives `outgoing` back. It does not wait for a call that is under way, which goes on.
//
// Errors: OUTLIVE_BAD_ARGUMENT (NULL); OUTLIVE_NOT_HELD, which is what a second call gets.
int outlive_outgoing_free(struct outlive_outgoing *outgoing);

// Makes *tokens. Incidents call its tokens `name`, and give the source line.
//
// Errors: OUTLIVE_BAD_ARGUMENT.
//
// The caller promises:
//
// `name` and `file` are NULL or end with a NUL; `tokens` is NULL or writable.
int outlive_tokens_new(const char *name,
                       const char *file,
                       uint32_t line,
                       struct outlive_tokens **tokens);

// Keeps a value, and puts the token for it, which C may have, into *token.
//
// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD.
//
// The caller promises:
//
// `token` is NULL or writable.
int outlive_tokens_insert(struct outlive_tokens *tokens, uintptr_t value, void **token);

// Puts the value of a live token into *value. `token` is what C passed, whatever that is.
//
// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD; OUTLIVE_BAD_TOKEN, which is reported.
//
// The caller promises:
//
// `value` is NULL or writable.
int outlive_tokens_get(const struct outlive_tokens *tokens,
                       const void *token,
                       uintptr_t *value);

// Ends a live token, and puts its value into *value, once for each token. `token` is what C passed.
//
// Errors: as for outlive_tokens_get. `value` may be NULL.
//
// The caller promises:
//
// `value` is NULL or writable.
int outlive_tokens_remove(struct outlive_tokens *tokens,
                          const void *token,
                          uintptr_t *value);

// How many tokens are live. 0 where `tokens` is none.
size_t outlive_tokens_count(const struct outlive_tokens *tokens);

// Gives `tokens` back. Its tokens are recognised as dead from here on, and its values forgotten.
//
// Errors: OUTLIVE_NOT_HELD, which is what a second call gets.
int outlive_tokens_free(struct outlive_tokens *tokens);

// Makes *loop, which belongs to the calling thread: all other functions must be called there, but for
// outlive_loop_stop. A language whose threads are not the system's ties itself to one first
// (runtime.LockOSThread).
//
// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_SYSTEM (the loop needs two descriptors).
//
// The caller promises:
//
// `loop` is NULL or writable.
int outlive_loop_new(struct outlive_loop **loop);

// Runs the loop until outlive_loop_stop, also when there is nothing to watch.
//
// Errors: OUTLIVE_NOT_HELD, OUTLIVE_WRONG_THREAD, OUTLIVE_SYSTEM; OUTLIVE_RUNNING where it is called from
// inside one of the loop's own callbacks.
int outlive_loop_run(struct outlive_loop *loop);

// Waits for something to do, at most so many nanoseconds (negative: without end), does one turn of it, and puts
// into *calls, which may be NULL, how many callbacks ran. Zero means that the time has passed, that the loop
// was stopped, or that a signal arrived.
//
// Errors: those of outlive_loop_run.
//
// The caller promises:
//
// `calls` is NULL or writable.
int outlive_loop_run_once(struct outlive_loop *loop,
                          int64_t nanoseconds,
                          size_t *calls);

// Has outlive_loop_run return after the callback that it is in, or at once when it is called next. Any thread
// may call this.
//
// Errors: OUTLIVE_NOT_HELD.
int outlive_loop_stop(struct outlive_loop *loop);

// Gives the loop back. It is freed when the handlers that use it have gone too, and when it has returned.
//
// Errors: OUTLIVE_NOT_HELD, OUTLIVE_WRONG_THREAD.
int outlive_loop_free(struct outlive_loop *loop);

// Holds the ready-made event handler that runs a VDE hub on a loop, and puts its owner into *held: its
// outlive_table is a struct vde_event_handler (vde_hub.h), context-free. Events then never come to the host.
// It is OUTLIVE_LOCAL to the loop's thread, which is the one that calls this; what ends a table ends it. Its end is
// OUTLIVE_ENDED_SERVING: the hub watches nothing more, and gives back until the release what it watches.
//
// Errors: OUTLIVE_BAD_ARGUMENT, OUTLIVE_NOT_HELD, OUTLIVE_WRONG_THREAD, and those of outlive_hold. There are
// 64 instances.
//
// The caller promises:
//
// `file` is NULL or ends with a NUL. `held` is NULL or writable.
int outlive_vde_handler_new(struct outlive_loop *loop,
                            const char *file,
                            uint32_t line,
                            struct outlive_held **held);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* OUTLIVE_H */

/* This file is made from the sources in src/ by cbindgen: see ci/capi.sh. */
