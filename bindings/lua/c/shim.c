/*
 * What raises errors, where no frame of Rust's can be passed.
 *
 * Lua raises an error by longjmp to the last lua_pcall. No frame of Rust's may be between the two. So:
 *  - Whatever may raise is done here, below a lua_pcall of this file (`protect`). Rust calls functions of Lua's itself
 *    only where the manual says that they raise nothing.
 *  - A callback of Rust's returns before its error is raised (`call`, `count`).
 */
#include <stddef.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

/* What is the host's of a state, and stands beside each of its coroutines. */
struct ol_context {
    /* Which of them is running, so that a callback uses that one. */
    lua_State *current;
    /* Whether a script may go on; NULL is yes. */
    int (*may_go_on)(void *user_data);
    void *user_data;
};

/* How many instructions a script runs before that is asked. */
enum { OL_STEP = 1000 };

/* A callback of the host's, in a userdata. Once `destroy` was called, it is NULL. */
struct ol_callee {
    int (*call)(lua_State *L, int method, void *user_data);
    void *user_data;
    void (*destroy)(void *user_data);
};

/* What `call` of the host's returns instead of a number of results. */
enum { OL_ERROR = -1, OL_REFUSED = -2 };

#define CALLEE "outlive.callee"

/* What a userdata is made of. */
struct object {
    struct ol_callee callee;
    const char *type;
    const char *const *methods;
    const size_t *sizes;
    size_t count;
};

static struct ol_context *context(lua_State *L) {
    return *(struct ol_context **)lua_getextraspace(L);
}

static int call(lua_State *L, const struct ol_callee *callee, int method) {
    struct ol_context *all = context(L);
    lua_State *before = all->current;
    int results;
    all->current = L;
    results = callee->call(L, method, callee->user_data);
    all->current = before;
    /* No frame of Rust's is left. */
    if (results == OL_ERROR)
        return lua_error(L);
    if (results < 0)
        return luaL_error(L, "a callback of the host's has ended, or panicked");
    return results;
}

static int call_function(lua_State *L) {
    return call(L, lua_touserdata(L, lua_upvalueindex(1)), 0);
}

/* Upvalues: the name of the type, the number of the method. */
static int call_method(lua_State *L) {
    const struct ol_callee *callee = luaL_checkudata(L, 1, lua_tostring(L, lua_upvalueindex(1)));
    return call(L, callee, (int)lua_tointeger(L, lua_upvalueindex(2)));
}

/* Lua calls it in each coroutine, for they have what the first one had when they were made. */
static void count(lua_State *L, lua_Debug *event) {
    struct ol_context *all = context(L);
    lua_State *before = all->current;
    int goes_on = 1;
    (void)event;
    if (all->may_go_on) {
        all->current = L;
        goes_on = all->may_go_on(all->user_data);
        all->current = before;
    }
    /* No frame of Rust's is left. */
    if (!goes_on) {
        luaL_where(L, 0);
        lua_pushliteral(L, "interrupted by the host");
        lua_concat(L, 2);
        lua_error(L);
    }
}

/* __gc: Lua's last word on a callee. Scripts cannot reach it, for the metatables are hidden. */
static int collect(lua_State *L) {
    struct ol_callee *callee = lua_touserdata(L, 1);
    void (*destroy)(void *) = callee->destroy;
    if (destroy) {
        struct ol_context *all = context(L);
        lua_State *before = all->current;
        callee->destroy = NULL;
        all->current = L;
        destroy(callee->user_data);
        all->current = before;
    }
    return 0;
}

/* Runs `f` with one argument, below a lua_pcall. `results` are on the stack then, or the error. */
static int protect(lua_State *L, lua_CFunction f, void *argument, int results) {
    if (!lua_checkstack(L, 4))
        return LUA_ERRMEM;
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, argument);
    return lua_pcall(L, 1, results, 0);
}

/*
 * The metatable of a type, on the stack: of functions, or of objects with methods. It gets its name when it is complete,
 * so that an error on the way leaves none without its __gc.
 */
static void metatable(lua_State *L, const struct object *object) {
    if (lua_getfield(L, LUA_REGISTRYINDEX, object->type) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 4);
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushstring(L, object->type);
    lua_setfield(L, -2, "__name");
    lua_createtable(L, 0, (int)object->count);
    for (size_t i = 0; i < object->count; i++) {
        lua_pushlstring(L, object->methods[i], object->sizes[i]);
        lua_pushstring(L, object->type);
        lua_pushinteger(L, (lua_Integer)i);
        lua_pushcclosure(L, call_method, 2);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, object->type);
}

/* A callee that is empty, on the stack. */
static struct ol_callee *new_callee(lua_State *L) {
    struct ol_callee *callee = lua_newuserdatauv(L, sizeof *callee, 0);
    callee->destroy = NULL;
    return callee;
}

static int do_open(lua_State *L) {
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},       {LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
        {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},    {LUA_UTF8LIBNAME, luaopen_utf8},
    };
    /* Compiled chunks can break Lua itself, so that scripts load text only; files are not theirs. */
    static const char only_text[] =
        "local load = load\n"
        "dofile, loadfile = nil, nil\n"
        "function _G.load(chunk, name, _, ...) return load(chunk, name, 't', ...) end\n";
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    if (luaL_loadstring(L, only_text) != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 0);
    return 0;
}

/* Opens the libraries that can do no harm. */
int ol_open(lua_State *L, struct ol_context *all) {
    *(struct ol_context **)lua_getextraspace(L) = all;
    all->current = L;
    lua_sethook(L, count, LUA_MASKCOUNT, OL_STEP);
    return protect(L, do_open, NULL, 0);
}

struct string {
    const char *start;
    size_t size;
};

static int do_push_string(lua_State *L) {
    const struct string *string = lua_touserdata(L, 1);
    lua_pushlstring(L, string->start, string->size);
    return 1;
}

int ol_push_string(lua_State *L, const char *start, size_t size) {
    struct string string = {start, size};
    return protect(L, do_push_string, &string, 1);
}

static int do_push_function(lua_State *L) {
    const struct object *object = lua_touserdata(L, 1);
    struct ol_callee *callee = new_callee(L);
    metatable(L, object);
    lua_setmetatable(L, -2);
    lua_pushcclosure(L, call_function, 1);
    *callee = object->callee; /* nothing can fail any more: it is Lua's */
    return 1;
}

/* Takes the callee, which Lua's collector destroys; not where it fails. */
int ol_push_function(lua_State *L, struct ol_callee callee) {
    struct object object = {callee, CALLEE, NULL, NULL, 0};
    return protect(L, do_push_function, &object, 1);
}

static int do_push_object(lua_State *L) {
    const struct object *object = lua_touserdata(L, 1);
    struct ol_callee *callee = new_callee(L);
    metatable(L, object);
    lua_setmetatable(L, -2);
    *callee = object->callee; /* nothing can fail any more: it is Lua's */
    return 1;
}

/* As ol_push_function, for an object with methods. */
int ol_push_object(lua_State *L, struct ol_callee callee, const char *type, const char *const *methods, const size_t *sizes,
                   size_t count) {
    struct object object = {callee, type, methods, sizes, count};
    return protect(L, do_push_object, &object, 1);
}

static int do_refer(lua_State *L) {
    int *reference = lua_touserdata(L, 1);
    lua_settop(L, 2);
    *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* Refers to the value at `index` by a number. */
int ol_refer(lua_State *L, int index, int *reference) {
    if (!lua_checkstack(L, 4))
        return LUA_ERRMEM;
    index = lua_absindex(L, index);
    lua_pushcfunction(L, do_refer);
    lua_pushlightuserdata(L, reference);
    lua_pushvalue(L, index);
    return lua_pcall(L, 2, 0, 0);
}

static int do_get(lua_State *L) {
    lua_gettable(L, 1);
    return 1;
}

/* The value of the key on the stack, in the table below it, takes the place of both. */
int ol_get(lua_State *L) {
    if (!lua_checkstack(L, 4))
        return LUA_ERRMEM;
    lua_pushcfunction(L, do_get);
    lua_insert(L, -3);
    return lua_pcall(L, 2, 1, 0);
}

static int do_set(lua_State *L) {
    lua_settable(L, 1);
    return 0;
}

/* The value on the stack is put under the key below it, in the table below that. */
int ol_set(lua_State *L) {
    if (!lua_checkstack(L, 4))
        return LUA_ERRMEM;
    lua_pushcfunction(L, do_set);
    lua_insert(L, -4);
    return lua_pcall(L, 3, 0, 0);
}

static int do_describe(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* Text for the value on the stack takes its place. */
int ol_describe(lua_State *L) {
    if (!lua_checkstack(L, 4))
        return LUA_ERRMEM;
    lua_pushcfunction(L, do_describe);
    lua_insert(L, -2);
    return lua_pcall(L, 1, 1, 0);
}

/* These raise nothing, says the manual; they are here for the types of their callbacks. */
int ol_load(lua_State *L, lua_Reader reader, void *user_data, const char *name, const char *mode) {
    return lua_load(L, reader, user_data, name, mode);
}

int ol_dump(lua_State *L, lua_Writer writer, void *user_data, int strip) {
    return lua_dump(L, writer, user_data, strip);
}
