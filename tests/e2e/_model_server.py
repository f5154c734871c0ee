"""A scripted model server on loopback: /v1/models, /v1/embeddings and streamed
/v1/chat/completions, as Ollama and llama-server answer them."""

import http.server
import json
import threading


class ModelServer:
    """Answers every chat with `answer`; keeps what it was asked. With `dies_after` pieces the
    connection breaks in mid-answer. `embed` makes the vector of a text."""

    def __init__(self, answer="", models=("tiny",), dies_after=None, embed=None):
        self.answer = answer
        self.embed = embed
        self.models = list(models)
        self.dies_after = dies_after
        self.requests = []
        self.keys = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                server.keys.append(self.headers.get("Authorization", ""))
                models = [{"id": name, "object": "model"} for name in server.models]
                body = json.dumps({"object": "list", "data": models})
                self.reply(200, "application/json", body.encode())

            def do_POST(self):
                server.keys.append(self.headers.get("Authorization", ""))
                length = int(self.headers["Content-Length"])
                server.requests.append(json.loads(self.rfile.read(length)))
                if self.path.endswith("/embeddings"):
                    rows = [{"object": "embedding", "index": i, "embedding": server.embed(text)}
                            for i, text in enumerate(server.requests[-1]["input"])]
                    body = json.dumps({"object": "list", "data": rows, "model": "tiny",
                                       "usage": {"prompt_tokens": 9, "total_tokens": 9}})
                    self.reply(200, "application/json", body.encode())
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                for i, piece in enumerate(server.pieces()):
                    if server.dies_after is not None and i >= server.dies_after:
                        self.connection.close()
                        return
                    self.event({"choices": [{"index": 0, "delta": {"content": piece},
                                             "finish_reason": None}]})
                self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                self.event({"choices": [], "usage": {"prompt_tokens": 321, "completion_tokens": 12,
                                                     "total_tokens": 333}})
                self.wfile.write(b"data: [DONE]\n\n")

            def event(self, value):
                value.update({"id": "c1", "object": "chat.completion.chunk", "model": "tiny"})
                self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
                self.wfile.flush()

            def reply(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def pieces(self):
        words = self.answer.split(" ")
        return [word if i == 0 else " " + word for i, word in enumerate(words)]

    def prompt(self, index=-1):
        return "\n".join(message["content"] for message in self.requests[index]["messages"])

    def close(self):
        self.server.shutdown()
        self.server.server_close()
