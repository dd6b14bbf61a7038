package org.sluice.check;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a JDBC program does with a query port: logs in, looks around, makes a table, writes and reads it, reads errors.
 *
 * <p>Arguments: JDBC URL without properties, user, password. Prints one line per step and stops at the first surprise.
 */
public final class ConnectorCheck {
  private static final String TABLE = "connector_j";

  private final String url;
  private final String user;
  private final String password;

  private ConnectorCheck(String url, String user, String password) {
    this.url = url;
    this.user = user;
    this.password = password;
  }

  public static void main(String[] arguments) throws Exception {
    ConnectorCheck check = new ConnectorCheck(arguments[0], arguments[1], arguments[2]);
    check.wrongPassword();
    for (String properties :
        List.of(
            "useSSL=false",
            "useSSL=false&useServerPrepStmts=true&cachePrepStmts=true",
            "useSSL=false&rewriteBatchedStatements=true&characterEncoding=UTF-8",
            "useSSL=false&useServerPrepStmts=true&rewriteBatchedStatements=true&useInformationSchema=true",
            "useSSL=false&allowMultiQueries=true&useCursorFetch=true&defaultFetchSize=2&connectionTimeZone=SERVER")) {
      try (Connection connection = check.connect(properties)) {
        check.run(connection);
      }
      System.out.println("ok " + properties);
    }
  }

  private Connection connect(String properties) throws SQLException {
    return DriverManager.getConnection(url + "?" + properties, user, password);
  }

  private void wrongPassword() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url + "?useSSL=false", user, "not it")) {
      throw new IllegalStateException("a wrong password was taken by " + connection);
    } catch (SQLException refused) {
      equal("errno of a wrong password", 1045, refused.getErrorCode());
      equal("state of a wrong password", "28000", refused.getSQLState());
    }
    System.out.println("ok a wrong password is refused");
  }

  private void run(Connection connection) throws SQLException {
    equal("valid", true, connection.isValid(5));
    createTable(connection);
    metaData(connection);
    insertBatch(connection);
    select(connection);
    errors(connection);
    transaction(connection);
  }

  private void createTable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS " + TABLE);
      statement.execute(
          "CREATE TABLE " + TABLE + " (id BIGINT NOT NULL COMMENT 'the key', flag BOOLEAN, small SMALLINT, "
              + "number INT, wide LARGEINT, price DECIMAL(20,4), ratio DOUBLE, name VARCHAR(50), note STRING, "
              + "day DATE, moment DATETIME(6)) UNIQUE KEY(id) DISTRIBUTED BY HASH(id) BUCKETS 1 "
              + "PROPERTIES(\"replication_num\" = \"1\")");
    }
  }

  private void metaData(Connection connection) throws SQLException {
    DatabaseMetaData metaData = connection.getMetaData();
    equal("product version", "5.7.99", metaData.getDatabaseProductVersion());
    equal("databases hold db", true, column(metaData.getCatalogs(), "TABLE_CAT").contains("db"));
    List<String> tables = column(metaData.getTables("db", null, "%", new String[] {"TABLE"}), "TABLE_NAME");
    equal("tables hold " + TABLE, true, tables.contains(TABLE));
    List<String> names = column(metaData.getColumns("db", null, TABLE, "%"), "COLUMN_NAME");
    equal("columns", 11, names.size());
    equal("first column", "id", names.get(0));
    equal("primary keys can be asked for", true, column(metaData.getPrimaryKeys("db", null, TABLE), "COLUMN_NAME") != null);
    equal("catalog", "db", connection.getCatalog());
  }

  private static List<String> column(ResultSet rows, String name) throws SQLException {
    try (rows) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(name));
      }
      return values;
    }
  }

  private void insertBatch(Connection connection) throws SQLException {
    String sql = "INSERT INTO " + TABLE + " (id, flag, small, number, wide, price, ratio, name, note, day, moment) "
        + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (int id = 1; id <= 5; id++) {
        insert.setLong(1, id);
        insert.setBoolean(2, id % 2 == 0);
        insert.setShort(3, (short) -id);
        insert.setInt(4, id * 1000);
        insert.setBigDecimal(5, new BigDecimal("170141183460469231731687303715884105727"));
        insert.setBigDecimal(6, new BigDecimal("-1234567890.1234"));
        insert.setDouble(7, id / 4.0);
        insert.setString(8, "it's \"名字\" \\ " + id);
        insert.setString(9, "line\nbreak; -- ? `x`");
        insert.setDate(10, Date.valueOf("2024-02-29"));
        insert.setTimestamp(11, Timestamp.valueOf("2024-02-29 12:34:56.123456"));
        insert.addBatch();
      }
      insert.executeBatch();
      insert.setLong(1, 9_007_199_254_740_993L);
      for (int parameter = 2; parameter <= 11; parameter++) {
        insert.setNull(parameter, Types.VARCHAR);
      }
      equal("inserted", 1, insert.executeUpdate());
    }
  }

  private void select(Connection connection) throws SQLException {
    String sql = "SELECT * FROM " + TABLE + " WHERE id >= ? ORDER BY id LIMIT ?";
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setLong(1, 2);
      query.setInt(2, 10);
      try (ResultSet rows = query.executeQuery()) {
        types(rows.getMetaData());
        equal("a row", true, rows.next());
        firstRow(rows);
        int more = 0;
        long last = 0;
        while (rows.next()) {
          more++;
          last = rows.getLong("id");
        }
        equal("rows behind the first", 4, more);
        equal("the last id", 9_007_199_254_740_993L, last);
      }
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*), SUM(number), MAX(moment) FROM " + TABLE)) {
      equal("a row of totals", true, rows.next());
      equal("count", 6L, rows.getObject(1));
      equal("sum", 15000L, rows.getLong(2));
      equal("latest", Timestamp.valueOf("2024-02-29 12:34:56.123456"), rows.getTimestamp(3));
    }
  }

  private void types(ResultSetMetaData metaData) throws SQLException {
    equal("type of id", Types.BIGINT, metaData.getColumnType(1));
    equal("type of small", Types.SMALLINT, metaData.getColumnType(3));
    equal("type of number", Types.INTEGER, metaData.getColumnType(4));
    equal("type of price", Types.DECIMAL, metaData.getColumnType(6));
    equal("scale of price", 4, metaData.getScale(6));
    equal("type of ratio", Types.DOUBLE, metaData.getColumnType(7));
    equal("type of name", Types.VARCHAR, metaData.getColumnType(8));
    equal("type of day", Types.DATE, metaData.getColumnType(10));
    equal("type of moment", Types.TIMESTAMP, metaData.getColumnType(11));
  }

  private void firstRow(ResultSet rows) throws SQLException {
    equal("id", 2L, rows.getLong("id"));
    equal("flag", true, rows.getBoolean("flag"));
    equal("small", (short) -2, rows.getShort("small"));
    equal("number", 2000, rows.getInt("number"));
    equal("wide", new BigInteger("170141183460469231731687303715884105727"), new BigInteger(rows.getString("wide")));
    equal("price", new BigDecimal("-1234567890.1234"), rows.getBigDecimal("price"));
    equal("ratio", 0.5, rows.getDouble("ratio"));
    equal("name", "it's \"名字\" \\ 2", rows.getString("name"));
    equal("note", "line\nbreak; -- ? `x`", rows.getString("note"));
    equal("day", Date.valueOf("2024-02-29"), rows.getDate("day"));
    equal("moment", Timestamp.valueOf("2024-02-29 12:34:56.123456"), rows.getTimestamp("moment"));
  }

  private void errors(Connection connection) throws SQLException {
    equal("no such table", 1146, errno(connection, "SELECT * FROM no_such_table"));
    equal("no such column", 1054, errno(connection, "SELECT no_such_column FROM " + TABLE));
    equal("no SQL", 1064, errno(connection, "FROBNICATE everything"));
    equal("no such database", 1049, errno(connection, "USE no_such_database"));
    equal("a column twice", 1105, errno(connection, "ALTER TABLE " + TABLE + " ADD COLUMN name INT"));
  }

  private static int errno(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return 0;
    } catch (SQLException error) {
      return error.getErrorCode();
    }
  }

  private void transaction(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      equal("deleted", 6, statement.executeUpdate("DELETE FROM " + TABLE + " WHERE id > 0"));
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  private static void equal(String what, Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      throw new IllegalStateException(what + ": expected " + expected + ", got " + actual);
    }
  }
}
