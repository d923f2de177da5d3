#include "library.h"

/* Runs a stream to its end. */
static lzma_ret run(lzma_stream *stream, const uint8_t *in, size_t length, uint8_t *out, size_t room)
{
	stream->next_in = in;
	stream->avail_in = length;
	stream->next_out = out;
	stream->avail_out = room;
	return lzma_code(stream, LZMA_FINISH);
}

int outlive_there_and_back(const lzma_allocator *allocator, const uint8_t *text, size_t length, uint8_t *out,
                           size_t room, size_t *out_length)
{
	lzma_stream encoder = LZMA_STREAM_INIT, decoder = LZMA_STREAM_INIT;
	size_t bound = lzma_stream_buffer_bound(length);
	uint8_t *packed = malloc(bound);
	lzma_ret ret;

	*out_length = 0;
	encoder.allocator = decoder.allocator = allocator;
	ret = lzma_easy_encoder(&encoder, 1, LZMA_CHECK_CRC64);
	if (ret == LZMA_OK)
		ret = run(&encoder, text, length, packed, bound);
	if (ret == LZMA_STREAM_END)
		ret = lzma_stream_decoder(&decoder, UINT64_MAX, 0);
	if (ret == LZMA_OK)
		ret = run(&decoder, packed, encoder.total_out, out, room);
	if (ret == LZMA_STREAM_END) {
		*out_length = decoder.total_out;
		ret = LZMA_OK;
	}
	lzma_end(&encoder);
	lzma_end(&decoder);
	free(packed);
	return (int)ret;
}
