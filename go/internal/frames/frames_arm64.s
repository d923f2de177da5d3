#include "textflag.h"

// func Returns() (addresses [4]uintptr)
TEXT ·Returns(SB), NOSPLIT|NOFRAME, $0-32
	MOVD ZR, addresses_0+0(FP)
	MOVD ZR, addresses_1+8(FP)
	MOVD ZR, addresses_2+16(FP)
	MOVD ZR, addresses_3+24(FP)
	// The return address is above the caller's frame pointer that a frame has saved.
	MOVD R29, R0
	CBZ R0, done
	MOVD 8(R0), R1
	MOVD R1, addresses_0+0(FP)
	MOVD (R0), R0
	CBZ R0, done
	MOVD 8(R0), R1
	MOVD R1, addresses_1+8(FP)
	MOVD (R0), R0
	CBZ R0, done
	MOVD 8(R0), R1
	MOVD R1, addresses_2+16(FP)
	MOVD (R0), R0
	CBZ R0, done
	MOVD 8(R0), R1
	MOVD R1, addresses_3+24(FP)
done:
	RET
