/*
 * What ThreadSanitizer has to be told of Rust's standard library, which comes compiled without it. Most of a
 * lock is inlined into our code and seen; these few functions are not, and what they order would be taken for
 * a race. ci/sanitize.sh finds their symbols and puts these wrappers around them (--wrap); the arguments are
 * words, which Rust passes as C does. A wrapper orders exactly what the function orders.
 */
#include <stdint.h>

typedef uintptr_t word;

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define REAL(symbol) __asm__("__real_" symbol)
#define WRAP(symbol) __asm__("__wrap_" symbol)

/* Mutex::lock where somebody else has the lock. The fast way and the unlock are inlined. */
void real_lock(char *mutex) REAL(MUTEX_LOCK);
void wrap_lock(char *mutex) WRAP(MUTEX_LOCK);
void wrap_lock(char *mutex)
{
	real_lock(mutex);
	__tsan_acquire(mutex);
}

/* RwLock::read and write where somebody else has the lock: its state is one of two words. */
void real_read(char *lock) REAL(RWLOCK_READ);
void wrap_read(char *lock) WRAP(RWLOCK_READ);
void wrap_read(char *lock)
{
	real_read(lock);
	__tsan_acquire(lock);
	__tsan_acquire(lock + 4);
}

void real_write(char *lock) REAL(RWLOCK_WRITE);
void wrap_write(char *lock) WRAP(RWLOCK_WRITE);
void wrap_write(char *lock)
{
	real_write(lock);
	__tsan_acquire(lock);
	__tsan_acquire(lock + 4);
}

/* Barrier::wait: who leaves comes after all who arrived. */
word real_wait(char *barrier) REAL(BARRIER_WAIT);
word wrap_wait(char *barrier) WRAP(BARRIER_WAIT);
word wrap_wait(char *barrier)
{
	__tsan_release(barrier);
	word leads = real_wait(barrier);
	__tsan_acquire(barrier);
	return leads;
}

/* A thread of thread::scope counts itself out, and the scope reads the count (one of the first words). */
void real_count_out(char *scope, word panicked) REAL(SCOPE_COUNT_OUT);
void wrap_count_out(char *scope, word panicked) WRAP(SCOPE_COUNT_OUT);
void wrap_count_out(char *scope, word panicked)
{
	for (int i = 0; i < 3; i++)
		__tsan_release(scope + 8 * i);
	real_count_out(scope, panicked);
}

/*
 * Once::call(&self, ignore_poison, &mut dyn FnMut(&OnceState)), for OnceLock and LazyLock: the release belongs
 * between the end of the closure and the store that says so, so the closure is wrapped. A vtable is: drop,
 * size, alignment, call_once, call_mut.
 */
typedef void call_mut(void *closure, void *state);
struct vtable {
	word drop, size, alignment, call_once;
	call_mut *call_mut;
};
struct closure {
	void *data;
	const struct vtable *vtable;
	char *once;
};

static void call_and_release(void *closure, void *state)
{
	struct closure *inner = closure;
	inner->vtable->call_mut(inner->data, state);
	__tsan_release(inner->once);
}

void real_call(char *once, word ignore_poison, void *data, const struct vtable *vtable, word caller) REAL(ONCE_CALL);
void wrap_call(char *once, word ignore_poison, void *data, const struct vtable *vtable, word caller) WRAP(ONCE_CALL);
void wrap_call(char *once, word ignore_poison, void *data, const struct vtable *vtable, word caller)
{
	static const struct vtable wrapping = { 0, sizeof(struct closure), _Alignof(struct closure), 0, call_and_release };
	struct closure closure = { data, vtable, once };
	real_call(once, ignore_poison, &closure, &wrapping, caller);
	__tsan_acquire(once);
}

/*
 * An Arc's last owner issues a fence after its fetch_sub(Release), and fences are what ThreadSanitizer does not
 * know: the subtraction acquires as well. A subtraction that does not even release is left as it is.
 */
enum { RELEASE = 3, ACQUIRE_RELEASE = 4 };
word __real___tsan_atomic64_fetch_sub(volatile void *address, word value, int order);
word __wrap___tsan_atomic64_fetch_sub(volatile void *address, word value, int order);
word __wrap___tsan_atomic64_fetch_sub(volatile void *address, word value, int order)
{
	return __real___tsan_atomic64_fetch_sub(address, value, order == RELEASE ? ACQUIRE_RELEASE : order);
}
