#include "textflag.h"

// func Returns() (addresses [4]uintptr)
TEXT ·Returns(SB), NOSPLIT|NOFRAME, $0-32
	MOVQ $0, addresses_0+0(FP)
	MOVQ $0, addresses_1+8(FP)
	MOVQ $0, addresses_2+16(FP)
	MOVQ $0, addresses_3+24(FP)
	// The return address is above the caller's frame pointer that a frame has saved.
	MOVQ BP, AX
	TESTQ AX, AX
	JZ done
	MOVQ 8(AX), CX
	MOVQ CX, addresses_0+0(FP)
	MOVQ (AX), AX
	TESTQ AX, AX
	JZ done
	MOVQ 8(AX), CX
	MOVQ CX, addresses_1+8(FP)
	MOVQ (AX), AX
	TESTQ AX, AX
	JZ done
	MOVQ 8(AX), CX
	MOVQ CX, addresses_2+16(FP)
	MOVQ (AX), AX
	TESTQ AX, AX
	JZ done
	MOVQ 8(AX), CX
	MOVQ CX, addresses_3+24(FP)
done:
	RET
