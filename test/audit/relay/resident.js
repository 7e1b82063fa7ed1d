// Operations as a Relay application writes them: a connection and a refetchable fragment besides what every client sends.
// The compiler reads them against schema.graphqls; what it makes of them is run by clients/relay.mjs.
import { graphql } from 'relay-runtime';

export const home = graphql`
  query residentHomeQuery {
    viewer {
      id
      changeCursor
      authLocks {
        type
        locked
        pending
      }
      ...resident_history
    }
  }
`;

export const history = graphql`
  fragment resident_history on Resident
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "Cursor" })
  @refetchable(queryName: "residentHistoryPaginationQuery") {
    serviceHistory(first: $first, after: $after) @connection(key: "resident_serviceHistory") {
      edges {
        node {
          id
          eventId
          summary
          partner {
            name
          }
        }
      }
    }
  }
`;

export const setAuthLocks = graphql`
  mutation residentSetAuthLocksMutation($input: SetAuthLocksInput!) {
    setAuthLocks(input: $input) {
      event {
        id
        eventId
      }
      errors {
        code
        message
      }
    }
  }
`;

export const eventChanged = graphql`
  subscription residentEventChangedSubscription($after: Cursor) {
    eventChanged(after: $after) {
      cursor
      event {
        id
        eventId
        status
      }
    }
  }
`;
