// The operations that every client sends.

export const home = /* GraphQL */ `
  query Home {
    viewer {
      changeCursor
      authLocks {
        type
        locked
        pending
      }
    }
  }
`;

export const setAuthLocks = /* GraphQL */ `
  mutation SetAuthLocks($input: SetAuthLocksInput!) {
    setAuthLocks(input: $input) {
      event {
        eventId
      }
      errors {
        code
        message
      }
    }
  }
`;

export const eventChanged = /* GraphQL */ `
  subscription EventChanged($after: Cursor) {
    eventChanged(after: $after) {
      cursor
      event {
        eventId
        status
      }
    }
  }
`;
