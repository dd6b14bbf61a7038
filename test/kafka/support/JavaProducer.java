import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Produces with Kafka's own client what the range reader has to read: all codecs, then interleaved transactions of which
 * every second is aborted. Run as a single source file: java -cp <kafka jars> JavaProducer.java <bootstrap> <topic>
 */
public class JavaProducer {
  private static final int RECORDS_PER_CODEC = 2000;
  private static final int TRANSACTIONS = 20;

  public static void main(String[] arguments) {
    String bootstrap = arguments[0];
    String topic = arguments[1];
    for (String codec : new String[] {"none", "gzip", "snappy", "lz4", "zstd"}) {
      try (KafkaProducer<String, String> producer = producer(bootstrap, codec, null)) {
        for (int i = 0; i < RECORDS_PER_CODEC; i++) {
          ProducerRecord<String, String> record = new ProducerRecord<>(topic, 0, "key " + i, codec + " " + i);
          record.headers().add(new RecordHeader("codec", codec.getBytes()));
          producer.send(record);
        }
      }
    }
    try (KafkaProducer<String, String> first = producer(bootstrap, "lz4", topic + "-1");
        KafkaProducer<String, String> second = producer(bootstrap, "none", topic + "-2")) {
      first.initTransactions();
      second.initTransactions();
      for (int i = 0; i < TRANSACTIONS; i++) {
        first.beginTransaction();
        second.beginTransaction();
        for (int j = 0; j < 5; j++) {
          first.send(new ProducerRecord<>(topic, 0, null, (i % 2 == 0 ? "aborted " : "first ") + i + "." + j));
          first.flush();
          second.send(new ProducerRecord<>(topic, 0, null, (i % 2 == 0 ? "second " : "aborted ") + i + "." + j));
          second.flush();
        }
        if (i % 2 == 0) first.abortTransaction(); else first.commitTransaction();
        if (i % 2 == 0) second.commitTransaction(); else second.abortTransaction();
      }
    }
  }

  private static KafkaProducer<String, String> producer(String bootstrap, String codec, String transactionalId) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("compression.type", codec);
    properties.put("linger.ms", "20");
    if (transactionalId != null) properties.put("transactional.id", transactionalId);
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }
}
