int outlive_panics(void);

int main(void) { return outlive_panics() == -7 ? 0 : 1; }
