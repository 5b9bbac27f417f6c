import { z } from "zod";
import { durationText } from "../files/duration.ts";
import { milliseconds } from "../files/milliseconds.ts";
import { text } from "../files/text.ts";

const range = 'is a status such as 200, or a range such as "200-399"';
const count = z.int().min(1).max(10);
const time = (least: string, most: string) =>
  durationText.refine(
    (written) => milliseconds(written) >= milliseconds(least) && milliseconds(written) <= milliseconds(most),
    { error: `is from ${least} to ${most}` },
  );

function ascends(written: string): boolean {
  const [first = "", last = ""] = written.split("-");
  return first <= last;
}

/** One request to a replica that has to be answered with such a status. */
const httpReady = z
  .strictObject({
    http: text
      .regex(/^\/[!-~]*$/, { error: "is a path such as /health" })
      .describe("The path that is asked for, with GET. Redirects are not followed."),
    status: z
      .union(
        [
          z.int().min(100).max(599),
          z
            .string()
            .regex(/^[1-5]\d\d-[1-5]\d\d$/, { error: range })
            .refine(ascends, { error: range }),
        ],
        { error: range },
      )
      .default("200-399")
      .describe("The statuses that count as ready."),
    port: z.int().min(1).max(65_535).optional().describe("Another port than service.port."),
    scheme: z.enum(["http", "https"]).optional().describe("Else that of the service. Certificates are not checked."),
    host: z
      .string()
      .regex(/^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/i, { error: "is a host such as shop.example" })
      .max(255)
      .optional()
      .describe("The Host header; else the address."),
    interval: time("50ms", "1h").default("5s").describe("The longest time between two requests."),
    timeout: time("10ms", "1m").default("2s").describe("How long an answer may take."),
    rise: count.default(1).describe("How many answers in a row make it ready."),
    fall: z
      .union([z.literal("off"), count], { error: 'is "off" or a number of failures from 1 to 10' })
      .default("off")
      .describe("After how many failures in a row a member is taken out; off: never."),
  })
  .describe("Ready when an HTTP request is answered.");

const wording = "is address, port, platform or { http: /health }";

/** What a replica must show before it joins. */
export const readySchema = z
  .union([z.enum(["address", "port", "platform"]), httpReady], { error: wording })
  .optional()
  .describe(
    "What a replica must show before it joins: an address (the default), an open port, the platform's own word, or an HTTP answer.",
  );

/** The same for UDP, which has nothing that can be asked. */
export const udpReadySchema = z
  .enum(["address", "platform"], { error: "is address or platform: a UDP port can't be asked whether it is open" })
  .optional()
  .describe("What a replica must show before it joins: an address (the default), or the platform's own word.");
