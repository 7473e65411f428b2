import { useEffect, useMemo } from "preact/hooks";
import { Submission } from "./submission";

export function useSubmission(): Submission {
  const submission = useMemo(() => new Submission(), []);
  useEffect(() => () => submission.disconnect(), [submission]);
  return submission;
}
