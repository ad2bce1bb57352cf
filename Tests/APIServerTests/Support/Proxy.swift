import EmbeddedServices
import FoundationEssentials
import Primitives
import TestSupport

/// An nginx in front of a server, with what docs/ingress.md says of streams.
enum Proxy {
    /// Runs `body` with the address of a proxy in front of `server`.
    static func with(before server: String, _ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            let claim = try PortClaim.of(nil)
            defer { withExtendedLifetime(claim) {} }
            let port = claim.port
            let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            let settings = """
                pid \(folder)/pid;
                worker_processes 1;
                events { worker_connections 256; }
                http {
                  access_log off;
                  \(kinds.map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: "\n"))
                  server {
                    listen 127.0.0.1:\(port);
                    location / {
                      proxy_pass \(server);
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header Host $http_host;
                      proxy_buffering off;
                      proxy_read_timeout 960s;
                    }
                  }
                }
                """
            try Data(settings.utf8).write(to: URL(filePath: folder + "/nginx.conf"))
            let program =
                ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].first { FileManager.default.isExecutableFile(atPath: $0) } ?? "/usr/bin/nginx"
            let child = try ChildProcess.start(
                program, arguments: ["-c", folder + "/nginx.conf", "-e", folder + "/error.log", "-g", "daemon off;"],
                output: .file(folder + "/output"))
            let result: Swift.Result<Void, any Error>
            do {
                try await eventually { !FreePort.isFree(port) }
                result = .success(try await body("http://127.0.0.1:\(port)"))
            } catch { result = .failure(error) }
            await child.terminate(grace: .seconds(10))
            try result.get()
        }
    }
}
