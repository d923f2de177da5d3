#include <outlive.h>
#include <stdio.h>
struct listener { int (*on_line)(int fd, void *arg); };
static const outlive_type *type;
static int on_line(int fd, void *arg)
{
	struct outlive_pass pass;
	int result;
	if (!outlive_enter(type, 0, arg, &pass))
		return -1;
	result = (int)pass.value + fd;
	outlive_leave(&pass);
	return result;
}
static void end(uintptr_t value) { printf("end %d\n", (int)value); }
int main(void)
{
	static const struct listener template = { on_line };
	const void *templates[] = { &template };
	struct outlive_member members[] = {{ "on_line", OUTLIVE_CALLBACK, offsetof(struct listener, on_line), sizeof(template.on_line) }};
	struct outlive_description d = { sizeof d, "listener", "smoke", sizeof template, _Alignof(struct listener), members, 1, templates, 1, OUTLIVE_COUNT };
	outlive_held *held;
	printf("%d\n", outlive_describe(&d, &type));
	printf("%d\n", outlive_hold(type, 40, end, OUTLIVE_SHARED, __FILE__, __LINE__, &held));
	struct listener *table = outlive_table(held);
	void *arg = outlive_user_data(held);
	printf("%d\n", table->on_line(2, arg));
	printf("%d\n", table->on_line(2, arg));
	puts(outlive_ledger_text());
	printf("revoke %d\n", outlive_revoke(held, __FILE__, __LINE__));
	printf("%d\n", table->on_line(2, arg));
	printf("release %d\n", outlive_release(held, __FILE__, __LINE__));
	printf("release %d\n", outlive_release(held, __FILE__, __LINE__));
	printf("%d\n", table->on_line(2, arg));
	outlive_hold(type, 41, end, OUTLIVE_SHARED, __FILE__, __LINE__, &held);
	return 0;
}
