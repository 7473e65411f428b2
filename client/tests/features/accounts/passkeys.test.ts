import { expect, test } from "vitest";
import { isOpenedByAddress } from "../../../src/features/accounts/passkeys";

test.each([
  ["127.0.0.1", true],
  ["192.168.1.20", true],
  ["[::1]", true],
  ["localhost", false],
  ["10.example", false],
  ["forum.example.org", false],
])("passkeys belong to a host name, which %s may not be", (host, isAddress) => {
  expect(isOpenedByAddress(host)).toBe(isAddress);
});
