import FoundationEssentials
import Primitives
import TestSupport
import Testing

@testable import portolan

@Suite struct EndpointTests {
    private func context(_ environment: [String: String] = [:], directory: String = "/nowhere") -> CommandContext {
        CommandContext(
            environment: environment, workingDirectory: directory, isRoot: false,
            terminal: Terminal(isInteractive: false, width: 80, output: { _ in }, diagnostics: { _ in }), untilInterrupted: {})
    }

    private func withStack(_ text: String, _ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/.portolan", withIntermediateDirectories: false)
            try Data(text.utf8).write(to: URL(filePath: directory + "/.portolan/client.env"))
            try await body(directory)
        }
    }

    @Test func `Without anything it is the default address and no token`() throws {
        #expect(try Endpoint.resolve(url: nil, token: nil, in: context()) == Endpoint(url: "http://127.0.0.1:8080", token: nil))
    }

    @Test func `Options go before the environment, the environment before the local stack`() async throws {
        try await withStack("PORTOLAN_URL=http://127.0.0.1:9001\nPORTOLAN_TOKEN=stack\n") { directory in
            let both = context(["PORTOLAN_URL": "http://127.0.0.1:9002", "PORTOLAN_TOKEN": "environment"], directory: directory)
            let stack = context(directory: directory)
            let options = try Endpoint.resolve(url: "http://127.0.0.1:9003", token: "option", in: both)
            #expect(options == Endpoint(url: "http://127.0.0.1:9003", token: Redacted("option")))
            let environment = try Endpoint.resolve(url: nil, token: nil, in: both)
            #expect(environment == Endpoint(url: "http://127.0.0.1:9002", token: Redacted("environment")))
            let local = try Endpoint.resolve(url: nil, token: nil, in: stack)
            #expect(local == Endpoint(url: "http://127.0.0.1:9001", token: Redacted("stack")))
            let mixed = try Endpoint.resolve(url: nil, token: "option", in: stack)
            #expect(mixed == Endpoint(url: "http://127.0.0.1:9001", token: Redacted("option")))
        }
    }

    @Test func `Empty variables count as unset`() async throws {
        try await withStack("PORTOLAN_URL=http://127.0.0.1:9001\nPORTOLAN_TOKEN=stack\n") { directory in
            let empty = context(["PORTOLAN_URL": "", "PORTOLAN_TOKEN": "", "PORTOLAN_TOKEN_FILE": ""], directory: directory)
            let endpoint = try Endpoint.resolve(url: "", token: "", in: empty)
            #expect(endpoint == Endpoint(url: "http://127.0.0.1:9001", token: Redacted("stack")))
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:9999", true), ("http://localhost:1", true), ("http://[::1]:1", true), ("https://docs.example.org", false),
        ("http://127.0.0.1.evil.example", false), ("http://10.0.0.1:9001", false), ("http://stack.example:80", true),
    ])
    func `The token of the local stack does not leave the machine`(url: String, isSent: Bool) async throws {
        try await withStack("PORTOLAN_URL=http://stack.example:80\nPORTOLAN_TOKEN=stack\n") { directory in
            let endpoint = try Endpoint.resolve(url: url, token: nil, in: context(directory: directory))
            #expect((endpoint.token != nil) == isSent)
        }
    }

    @Test func `The token is read from the file that the environment names`() async throws {
        try await withTemporaryDirectory { directory in
            try Data("from-file\n".utf8).write(to: URL(filePath: directory + "/token"))
            for path in [directory + "/token", "token"] {
                let endpoint = try Endpoint.resolve(
                    url: nil, token: nil, in: context(["PORTOLAN_TOKEN_FILE": path], directory: directory))
                #expect(endpoint.token == Redacted("from-file"))
            }
            let both = context(["PORTOLAN_TOKEN_FILE": "/missing", "PORTOLAN_TOKEN": "direct"])
            #expect(try Endpoint.resolve(url: nil, token: nil, in: both).token == Redacted("direct"))
        }
    }

    @Test func `A token file that is missing or empty is a usage error`() async throws {
        try await withTemporaryDirectory { directory in
            try Data(" \n".utf8).write(to: URL(filePath: directory + "/empty"))
            for path in [directory + "/empty", directory + "/missing"] {
                let error = #expect(throws: CommandFailure.self) {
                    try Endpoint.resolve(url: nil, token: nil, in: context(["PORTOLAN_TOKEN_FILE": path]))
                }
                #expect(error?.code == .usage && error?.message.contains(path) == true)
            }
        }
    }

    @Test(arguments: ["two words", "line\nbreak", "tök"])
    func `A token that cannot stand in a header is a usage error`(token: String) {
        let error = #expect(throws: CommandFailure.self) { try Endpoint.resolve(url: nil, token: token, in: context()) }
        #expect(error?.code == .usage && error?.description.contains(token) == false)
    }

    @Test(arguments: [
        "127.0.0.1:8080", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:70000", "http://a:x", "http://u:p@a", "http://a?b",
        "http://a#b", "http://a b", "http://[::1", "http://ä.example",
    ])
    func `What is no address is a usage error`(url: String) {
        let error = #expect(throws: CommandFailure.self) { try Endpoint.resolve(url: url, token: nil, in: context()) }
        #expect(error?.code == .usage && error?.hint != nil)
    }

    @Test(arguments: [
        ("http://a", "a"), ("HTTPS://A.example:443/base/", "a.example"), ("http://[::1]:8080", "[::1]"),
        ("http://127.0.0.1:1/x", "127.0.0.1"),
    ])
    func `The host is found in an address`(url: String, host: String) { #expect(Endpoint.host(of: url) == host) }

    @Test func `The stack of the folder goes before that of the system, which is for root only`() {
        var context = context(directory: "/home/someone")
        #expect(ClientEnvironment.stateFolders(in: context) == ["/home/someone/.portolan"])
        context.isRoot = true
        #expect(ClientEnvironment.stateFolders(in: context) == ["/home/someone/.portolan", "/var/lib/portolan"])
    }

    @Test func `A file of the stack that cannot be read is a usage error with a hint`() async throws {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/.portolan/client.env", withIntermediateDirectories: true)
            let error = #expect(throws: CommandFailure.self) {
                try Endpoint.resolve(url: nil, token: nil, in: context(directory: directory))
            }
            #expect(error?.code == .usage && error?.hint != nil)
            // It is not looked at by those who need nothing of it.
            let said = try Endpoint.resolve(url: "http://a.example", token: "option", in: context(directory: directory))
            #expect(said == Endpoint(url: "http://a.example", token: Redacted("option")))
        }
    }

    @Test func `The file of the stack may have comments, exports and quotes`() {
        let text = "# made by up\n\nexport PORTOLAN_URL=\"http://a:1\"\r\n PORTOLAN_TOKEN = 'x=y' \nOTHER=1\nbroken\nPORTOLAN_URL2=\n"
        let environment = ClientEnvironment(parsing: text)
        #expect(environment.url == "http://a:1" && environment.token == Redacted("x=y"))
        #expect(ClientEnvironment(parsing: "PORTOLAN_URL=\nPORTOLAN_TOKEN=''").url == nil)
    }
}
