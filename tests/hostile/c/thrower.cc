// A C++ library whose function throws, over whatever stands between it and its own catch.
extern "C" {

struct keeper_table;

__attribute__((visibility("default"))) void thrower_throw()
{
	throw 7;
}

// Calls, and catches what comes out; 7 if that was the exception.
__attribute__((visibility("default"))) int thrower_call(int (*on_event)(int, void *), void *arg, int value)
{
	try {
		return on_event(value, arg);
	} catch (int thrown) {
		return thrown;
	}
}
}
