import HTTPTypes
package import Hummingbird
package import MCP
import NIOCore

extension MCPHTTPResponse {
    /// The response as the server framework sends it. A stream is written event by event, and ends with its work when the client goes away.
    ///
    /// - Parameter connection: the connection that the request came in on.
    package func response(on connection: ConnectionContext) -> Response {
        var fields = HTTPFields()
        for (name, value) in headers {
            // The name of nearly every response's only field needs no check.
            if let name = name == "Content-Type" ? .contentType : HTTPField.Name(name) {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        let status = HTTPResponse.Status(code: status)
        switch body {
        case .bytes(let bytes):
            return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .events(let stream):
            return Response(
                status: status, headers: fields,
                body: ResponseBody { writer in
                    // The stream writes from this task only, one event at a time; the compiler cannot see that through the closure.
                    nonisolated(unsafe) var output = writer
                    try await stream.run(untilClosed: { await connection.waitUntilClosed() }) { bytes in
                        try await unsafe output.write(ByteBuffer(bytes: bytes))
                    }
                    try await writer.finish(nil)
                })
        }
    }
}
