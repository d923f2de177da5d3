/* What only looks like strings: `bytes` points to as many bytes as `map` says for the first one, and nothing ends
 * them; `a` and `b` have their lengths before them. `label` is a string. */
struct encoding {
	int map[256];
	void *data;
	int (*convert)(void *data, const char *bytes);
	int (*compare)(void *data, int alen, const char *a, int blen, const char *b);
	int (*named)(void *data, const char *label, char *buffer);
	int (*renamed)(void *data, const char *, const unsigned char *label);
	void (*release)(void *data);
};
