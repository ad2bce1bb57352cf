import Composition
import Testing

@Suite struct `Addresses of stacks` {
    @Test(arguments: [
        ("127.0.0.1", "http://127.0.0.1:1"), ("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("::1", "http://[::1]:1"),
        ("[::1]", "http://[::1]:1"), ("192.168.1.7", "http://192.168.1.7:1"), ("fe80::7", "http://[fe80::7]:1"),
        ("localhost", "http://localhost:1"),
    ])
    func `They are where the stack listens, in the form of URLs`(bind: String, url: String) {
        #expect(StackAddress(bind: bind).url(1) == url)
    }
}
