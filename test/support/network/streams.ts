import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What a TCP server answers within a quarter of a second; empty where it ends the connection. */
export function sayTcp(port: number, words: string): Promise<string> {
  const socket = connect(port, "127.0.0.1", () => socket.write(words));
  return answerOf(socket);
}

/** The same over TLS, asking for a server by its name. Whoever answers is believed. */
export function sayTls(port: number, servername: string, words: string): Promise<string> {
  const options = { port, host: "127.0.0.1", servername, rejectUnauthorized: false };
  const socket = connectTls(options, () => socket.write(words));
  return answerOf(socket);
}

function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.setTimeout(250, () => done(""));
    const done = (answer: string) => {
      resolve(answer);
      socket.destroy();
    };
    socket.once("data", (chunk) => done(chunk.toString("latin1")));
    socket.once("close", () => done(""));
    socket.once("error", () => done(""));
  });
}

/** What is answered by UDP within so many milliseconds; empty where nothing is. */
export function sayUdp(port: number, words: string, patience = 250): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => done(""), patience);
    const done = (answer: string) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    socket.once("message", (message) => done(message.toString()));
    socket.send(words, port, "127.0.0.1");
  });
}
