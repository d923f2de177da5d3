#include "library.h"

#include <stdio.h>

static char said[256];

const char *outlive_message(void)
{
	return said;
}

/* Keeps libgit2's words, which are the thread's. */
static int failed(int status)
{
	const git_error *error = git_error_last();

	if (status != 0)
		snprintf(said, sizeof said, "%d: %s", status, error && error->message ? error->message : "no message");
	return status;
}

static int commit(git_repository *repository, int number)
{
	char text[64];
	git_oid blob, tree_id, commit_id, parent_id;
	git_treebuilder *builder = NULL;
	git_tree *tree = NULL;
	git_signature *author = NULL;
	git_commit *parent = NULL;
	const git_commit *parents[1];
	int parent_count, status;

	snprintf(text, sizeof text, "file of commit %d\n", number);
	status = git_blob_create_from_buffer(&blob, repository, text, sizeof text);
	if (status == 0)
		status = git_treebuilder_new(&builder, repository, NULL);
	if (status == 0)
		status = git_treebuilder_insert(NULL, builder, "file", &blob, GIT_FILEMODE_BLOB);
	if (status == 0)
		status = git_treebuilder_write(&tree_id, builder);
	if (status == 0)
		status = git_tree_lookup(&tree, repository, &tree_id);
	if (status == 0)
		status = git_signature_new(&author, "somebody", "somebody@example.invalid", 1700000000 + number, 0);
	parent_count = git_reference_name_to_id(&parent_id, repository, "HEAD") == 0;
	if (status == 0 && parent_count)
		status = git_commit_lookup(&parent, repository, &parent_id);
	parents[0] = parent;
	if (status == 0)
		status = git_commit_create(&commit_id, repository, "HEAD", author, author, NULL, text, tree,
		                           (size_t)parent_count, parents);
	git_commit_free(parent);
	git_signature_free(author);
	git_tree_free(tree);
	git_treebuilder_free(builder);
	return status;
}

int outlive_new_repository(const char *path, int commits)
{
	git_repository *repository = NULL;
	int status;

	git_libgit2_init();
	status = git_repository_init(&repository, path, 1);
	for (int number = 0; status == 0 && number < commits; number++)
		status = commit(repository, number);
	failed(status);
	git_repository_free(repository);
	git_libgit2_shutdown();
	return status;
}

int outlive_clone(const struct git_remote_callbacks *callbacks, const char *url, const char *path)
{
	git_clone_options options = GIT_CLONE_OPTIONS_INIT;
	git_repository *repository = NULL;
	int status;

	git_libgit2_init();
	options.bare = 1;
	/* Through a transport, though the repository is near. */
	options.local = GIT_CLONE_NO_LOCAL;
	options.fetch_opts.callbacks = *callbacks;
	status = failed(git_clone(&repository, url, path, &options));
	git_repository_free(repository);
	git_libgit2_shutdown();
	return status;
}
