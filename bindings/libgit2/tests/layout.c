/* What the header says of the tables and functions that the binding uses. */
#include <stddef.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/refdb_backend.h>
#include <git2/sys/refs.h>

/* Warnings are errors: another type of function does not compile. */
git_reference *(*const layout_alloc)(const char *, const git_oid *, const git_oid *) = git_reference__alloc;
git_reference *(*const layout_alloc_symbolic)(const char *, const char *) = git_reference__alloc_symbolic;

#define MEMBER(table, member) offsetof(struct table, member)

const size_t layout[] = {
    sizeof(struct git_odb_backend),
    MEMBER(git_odb_backend, version),
    MEMBER(git_odb_backend, odb),
    MEMBER(git_odb_backend, read),
    MEMBER(git_odb_backend, read_prefix),
    MEMBER(git_odb_backend, read_header),
    MEMBER(git_odb_backend, write),
    MEMBER(git_odb_backend, exists),
    MEMBER(git_odb_backend, exists_prefix),
    MEMBER(git_odb_backend, foreach),
    MEMBER(git_odb_backend, writepack),
    MEMBER(git_odb_backend, free),
    sizeof(struct git_odb_writepack),
    MEMBER(git_odb_writepack, backend),
    MEMBER(git_odb_writepack, append),
    MEMBER(git_odb_writepack, commit),
    MEMBER(git_odb_writepack, free),
    sizeof(struct git_refdb_backend),
    MEMBER(git_refdb_backend, version),
    MEMBER(git_refdb_backend, exists),
    MEMBER(git_refdb_backend, lookup),
    MEMBER(git_refdb_backend, iterator),
    MEMBER(git_refdb_backend, write),
    MEMBER(git_refdb_backend, rename),
    MEMBER(git_refdb_backend, del),
    MEMBER(git_refdb_backend, has_log),
    MEMBER(git_refdb_backend, ensure_log),
    MEMBER(git_refdb_backend, free),
    MEMBER(git_refdb_backend, reflog_read),
    MEMBER(git_refdb_backend, reflog_write),
    MEMBER(git_refdb_backend, reflog_rename),
    MEMBER(git_refdb_backend, reflog_delete),
    MEMBER(git_refdb_backend, lock),
    MEMBER(git_refdb_backend, unlock),
    sizeof(struct git_reference_iterator),
    MEMBER(git_reference_iterator, db),
    MEMBER(git_reference_iterator, next),
    MEMBER(git_reference_iterator, next_name),
    MEMBER(git_reference_iterator, free),
    sizeof(struct git_remote_callbacks),
    MEMBER(git_remote_callbacks, version),
    MEMBER(git_remote_callbacks, sideband_progress),
    MEMBER(git_remote_callbacks, transfer_progress),
    MEMBER(git_remote_callbacks, payload),
    sizeof(git_fetch_options),
    offsetof(git_fetch_options, callbacks),
    offsetof(git_fetch_options, update_fetchhead),
    sizeof(git_indexer_progress),
    sizeof(git_oid),
    sizeof(git_remote_head),
};
const size_t layout_count = sizeof layout / sizeof *layout;
