import FoundationEssentials
import Glibc
import Testing

@Suite struct GeneratedCodeTests {
    @Test func `the committed C is what protoc-c makes of the schema`() throws {
        let root = String(#filePath.dropLast("Tests/MessagesTests/GeneratedCodeTests.swift".count))
        let script = "\(root)Sources/CMessages/generate"
        var process = pid_t()
        let status = unsafe script.withCString { path in
            unsafe "--check".withCString { option in
                var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [strdup(path), strdup(option), nil]
                defer { unsafe arguments.forEach { unsafe free($0) } }
                return unsafe posix_spawn(&process, path, nil, nil, &arguments, environ)
            }
        }
        #expect(status == 0)
        var exit: Int32 = -1
        #expect(unsafe waitpid(process, &exit, 0) == process)
        #expect(exit == 0)
    }
}
