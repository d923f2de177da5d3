/* A hub on the ready-made handler: listens in argv[1] until it has delivered argv[2] frames. */
#include "check.h"
#include <threads.h>
#include <time.h>
#include <vde_hub.h>

static int wrong_thread(void *loop)
{
	CHECK(outlive_loop_run_once(loop, 0, NULL) == OUTLIVE_WRONG_THREAD);
	CHECK(outlive_loop_free(loop) == OUTLIVE_WRONG_THREAD);
	return 0;
}

int main(int argc, char **argv)
{
	struct vde_hub_stats stats = {0};
	outlive_held *handler;
	outlive_loop *loop;
	vde_context *hub;
	thrd_t thread;
	time_t begun = time(NULL);

	CHECK(argc == 3);
	CHECK(outlive_loop_new(&loop) == OUTLIVE_OK);
	CHECK(thrd_create(&thread, wrong_thread, loop) == thrd_success);
	CHECK(thrd_join(thread, NULL) == thrd_success);
	CHECK(outlive_vde_handler_new(loop, HERE, &handler) == OUTLIVE_OK);
	hub = init_vde_context(outlive_table(handler));
	CHECK(hub != NULL && vde_hub_listen(hub, argv[1]) == 0);
	puts("listening");
	fflush(stdout);
	while (stats.frames_delivered < strtoull(argv[2], NULL, 10)) {
		CHECK(time(NULL) - begun < 60);
		CHECK(outlive_loop_run_once(loop, 100000000, NULL) == OUTLIVE_OK);
		vde_hub_get_stats(hub, &stats);
	}
	CHECK(outlive_revoke(handler, HERE) == OUTLIVE_ENDED_SERVING); /* the hub has events yet */
	vde_hub_fini(hub); /* and gives them back */
	expect_no_incident();
	CHECK(outlive_release(handler, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_loop_free(loop) == OUTLIVE_OK);
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	return 0;
}
