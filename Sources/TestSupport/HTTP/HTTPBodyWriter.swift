import NIOCore
import NIOHTTP1

/// Writes the body of one response.
package struct HTTPBodyWriter: Sendable {
    let channel: any Channel

    /// Sends `bytes` and suspends until the operating system took them, so an endless body costs no memory.
    ///
    /// - Throws: when the client has gone.
    package func write(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes)))).get()
    }

    /// Sends `text` in UTF-8.
    package func write(_ text: String) async throws { try await write(Array(text.utf8)) }

    /// Closes the connection in the middle of the body.
    package func abort() async { try? await channel.close().get() }
}
