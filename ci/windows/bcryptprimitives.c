/* The random numbers of Rust's standard library and of Go's, which Wine has from version 9 on. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(void *bytes, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *bytes, SIZE_T length)
{
	while (length > 0) {
		ULONG part = length < 1 << 20 ? (ULONG)length : 1 << 20;
		if (!SystemFunction036(bytes, part))
			return FALSE;
		bytes += part;
		length -= part;
	}
	return TRUE;
}
