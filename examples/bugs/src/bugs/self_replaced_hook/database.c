/* A database that passes each statement to its trace hook. It owns the hook's user data: when the hook is replaced, or the
 * database closed, it calls the destructor. */
#include <stdlib.h>

typedef struct database database;
typedef void trace_cb(database *db, const char *sql, void *user);
typedef void destroy_cb(void *user);

struct database {
    trace_cb *trace;
    void *user;
    destroy_cb *destroy;
};

database *database_open(void)
{
    database *db = calloc(1, sizeof(*db));
    if (!db) abort();
    return db;
}

void database_set_trace(database *db, trace_cb *trace, void *user, destroy_cb *destroy)
{
    database old = *db;
    *db = (database){trace, user, destroy};
    if (old.destroy) old.destroy(old.user);
}

void database_run(database *db, const char *sql)
{
    if (db->trace) db->trace(db, sql, db->user);
}

void database_close(database *db)
{
    database_set_trace(db, NULL, NULL, NULL);
    free(db);
}
